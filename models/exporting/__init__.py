"""Nets in the formats of others: ONNX for runtimes, safetensors for frameworks; safetensors also come back."""

from .export import export as export
from .onnx_file import Scaling as Scaling, write_onnx as write_onnx
from .safetensors_file import read_safetensors as read_safetensors, write_safetensors as write_safetensors
