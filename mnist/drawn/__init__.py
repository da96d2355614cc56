"""Pictures that people draw or photograph, made into what a net was trained on. Arrays in, arrays out."""

from .frame import Frame as Frame
from .grey import grey as grey
from .likeness import Likeness as Likeness
from .preparing import Prepared as Prepared, prepare as prepare
