"""Layers on images N x C x H x W."""
