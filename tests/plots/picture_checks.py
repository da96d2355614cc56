"""What the tests of pictures ask of a figure: where its words stand, and whether they can be read."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def words(figure):
    """The texts of a drawn figure, with their boxes in pixels; ticks outside their axis' limits are not drawn."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    hidden = set()
    for axes in figure.axes:
        if not axes.axison:
            hidden |= {label for axis in (axes.xaxis, axes.yaxis) for label in axis.findobj(Text)}
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in hidden]
    return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts]


def unreadable(figure):
    """The texts that leave the figure, and the pairs that lie on each other: none, in a good picture."""
    found = words(figure)
    width, height = figure.canvas.get_width_height()
    cut = [t for t, b in found if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1]
    pairs = [(s, t) for (s, a), (t, b) in combinations(found, 2)
             if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1]  # fmt: skip
    return cut + pairs


def texts_of(figure):
    return [text for text, _ in words(figure)]
