"""What distortions do to a digit: each row is one kind, the first column the digit as it is."""

import numpy as np
from support import images, picture

import mnist
from plots import saving, style, tiles

KINDS = {
    "elastic, 1.4 pixels rms": {"elastic": 1.38, "sigma": 4.0},
    "elastic, rough (sigma 2)": {"elastic": 1.0, "sigma": 2.0},
    "rotation up to 15 degrees": {"rotation": 15.0},
    "scaling up to 20 %": {"scaling": 0.2},
    "shear up to 0.3": {"shear": 0.3},
    "shift up to 3 pixels": {"shift": 3.0},
    "all that record 3 uses": {"elastic": 1.38, "sigma": 4.0, "rotation": 10.0, "scaling": 0.12},
}
COLUMNS = 12


def main() -> None:
    data = images(100)
    shape, row = data.info.shape, data["X_train"][7]
    sheets = []
    for name, settings in KINDS.items():
        distorted = mnist.Distortion(shape=shape, **settings)(np.tile(row, (COLUMNS, 1)), seed=0)
        print(f"{name:28} mean change of a pixel {np.abs(distorted - row).mean():.3f}")
        sheets.append(np.vstack([row, distorted[1:]]).reshape(COLUMNS, *shape))
    with saving.drawn(picture("distorted_digits"), 9.0, 0.75 * len(KINDS) + 0.3, images=True) as figure:
        axes = figure.subplots()
        sheet = tiles.mosaic(np.concatenate(sheets), COLUMNS, (2, 2))
        axes.imshow(sheet, cmap=style.PAPER, vmin=0, vmax=1)
        axes.set_yticks([(shape[0] + 2) * k + shape[0] / 2 for k in range(len(KINDS))], list(KINDS))
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    print(f"picture: {picture('distorted_digits')}")


if __name__ == "__main__":
    main()
