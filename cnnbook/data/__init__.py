"""Data sets: generated ones first, so that the book needs no network."""

from cnnbook.data.examples import Examples
from cnnbook.data.mnist1d import mnist1d
from cnnbook.data.objects import ObjectExamples, Objects
from cnnbook.data.penn_fudan import penn_fudan, penn_fudan_objects
from cnnbook.data.pets import pets
from cnnbook.data.scenes import scenes
from cnnbook.data.voc import voc, voc_objects

__all__ = [
    "Examples",
    "ObjectExamples",
    "Objects",
    "mnist1d",
    "penn_fudan",
    "penn_fudan_objects",
    "pets",
    "scenes",
    "voc",
    "voc_objects",
]
