"""Losses `loss, dx = f_loss(x, y)`, averaged over the batch; the penalties on weights, and forms of targets."""
