"""Street scenes, drawn where you stand: pictures of which everything is known.

A road in perspective, buildings, trees, signs, people, cars and buses, near and far, in all weathers.
Because the program paints each pixel, it also knows what each pixel shows, and whose it is.
So there is nothing to download, and nobody had to label anything.
"""

from cnnbook.data.scenes.generate import scenes
from cnnbook.data.scenes.record import CLASSES, THINGS, Scenes

__all__ = ["CLASSES", "THINGS", "Scenes", "scenes"]
