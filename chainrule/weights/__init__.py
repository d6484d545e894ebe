"""Weights of other libraries, and ready ImageNet weights: read, named, fetched, written."""

from ..public import publish
from .reading import read as read

publish(globals())
