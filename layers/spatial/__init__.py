"""Layers of images, N x C x H x W: convolution, pooling, and the way from images to rows."""
