"""Holds segmentation_pb2, which setup.py generates from proto/pixelclip/v1/segmentation.proto."""
