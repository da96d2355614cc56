"""Pictures from plain arrays: training curves, first-layer weights, the confusion matrix, the worst mistakes.

Every function returns a matplotlib Figure and, given `path=`, also writes it as .png or .svg; matplotlib is imported
only when a picture is asked for, and pyplot and its backend are never touched.
"""

from .confusion import (
    confusion as confusion,
    confusion_matrix as confusion_matrix,
    draw_confusion as draw_confusion,
)
from .curves import curves as curves
from .layers import layers as layers
from .live import LiveCurves as LiveCurves
from .mistakes import mistakes as mistakes
from .weights import weights as weights
