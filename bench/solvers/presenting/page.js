"use strict";
// Click a column's head to sort by it, again to turn the order. Cells carry the number in data-v; 1e999 is never.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => head.querySelector("button").addEventListener("click", () => {
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    const key = (row) => row.cells[index].dataset.v;
    const compare = (a, b) => {
      const [x, y] = [Number(key(a)), Number(key(b))];
      if (Number.isNaN(x) || Number.isNaN(y)) return key(a).localeCompare(key(b));
      return x === y ? 0 : x < y ? -1 : 1;
    };
    const body = table.tBodies[0];
    [...body.rows].sort((a, b) => sign * compare(a, b)).forEach((row) => body.append(row));
  }));
}
