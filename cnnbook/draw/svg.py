"""Matplotlib's SVG made small, translatable and safe to inline: no style attributes, no clashing ids."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import partial
from typing import Any

from PIL import Image

from cnnbook.draw.palette import dark_rules

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)

_LETTERS = re.compile(r"[^\W\d_]{2}")  # two letters in a row: a word, not a number or a symbol
_DECIMALS = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r'(?<=url\(#)[^)]+|(?<=href="#)[^"]+')
_DEFAULTS = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"  # noqa: E501  one font stack
_PIXELS_PER_POINT = 4 / 3
_WEBP = "data:image/webp;base64,"
_CARD = (440, 256)  # pixels: what a card's picture has on a sharp screen
_COUNTABLE = 32  # pixels on a side that somebody may count
_PNG = "data:image/png;base64,"
_PHOTOGRAPH = 20_000  # bytes of PNG; what is larger has more pixels than anyone counts


def is_figure(text: str) -> bool:
    """Whether an SVG was drawn by Matplotlib, cleaned or not: only those are recoloured and translated."""
    return "Matplotlib" in text[:3000] or is_clean(text)


def is_clean(text: str) -> bool:
    """Whether :func:`alone` has made it small: then it costs little to do so again."""
    return 'class="cb-figure"' in text[:1000]


def width(text: str) -> int:
    """Width in CSS pixels of a cleaned figure."""
    return int(ET.fromstring(text).get("width", "0"))  # noqa: S314  our own figures


def title(text: str) -> str:
    """The figure's own description, a line for each of its titles; empty where it has none."""
    return ET.fromstring(text).findtext(f"{{{_SVG}}}title", "").strip()  # noqa: S314  our own figures


def words(text: str) -> list[str]:
    """The strings of a figure that a translator sees: its title's lines, then its words in drawing order.

    >>> words('<svg xmlns="http://www.w3.org/2000/svg"><title>Edges</title><text>edge</text><text>3.0</text></svg>')
    ['Edges', 'edge']
    """
    drawn = (_content(element) for element in ET.fromstring(text).iter(f"{{{_SVG}}}text"))  # noqa: S314  our own figures
    return list(dict.fromkeys([*title(text).splitlines(), *filter(_LETTERS.search, drawn)]))


def inline(text: str, *, prefix: str, alt: str = "", translate: Callable[[str], str] = str) -> str:
    """A figure as an element of a page: words translated, ids made the page's own by ``prefix``, named by ``alt``."""
    root = _cleaned(text, translate)
    for element in root.findall(f"{{{_SVG}}}title") + root.findall(f"{{{_SVG}}}style"):
        root.remove(element)
    root.attrib |= {"role": "img", "aria-label": alt} if alt else {"aria-hidden": "true"}
    return _REFERENCE.sub(lambda name: prefix + name[0], _prefixed(root, prefix))


def alone(text: str, *, translate: Callable[[str], str] = str) -> str:
    """A figure as a file of its own, for ``<img>``: it carries its title, its fonts and its dark colours."""
    root = _cleaned(text, translate)
    root.set("font-family", _FONTS)
    for element in root.findall(f"{{{_SVG}}}title"):
        element.text = "\n".join(map(translate, (element.text or "").strip().splitlines()))
    if root.find(f"{{{_SVG}}}style") is None:
        style = ET.Element(f"{{{_SVG}}}style")
        style.text = dark_rules()
        root.insert(0, style)
    return ET.tostring(root, "unicode")


def small(text: str) -> str:
    """A cleaned figure for a card: its pictures have no more pixels than a card shows, and some losses."""
    root = ET.fromstring(text)  # noqa: S314  our own figures
    *_, breadth, height = (float(number) for number in root.get("viewBox", "0 0 1 1").split())
    shown = min(_CARD[0] / breadth, _CARD[1] / height)  # pixels for a unit of the drawing
    for image in root.iter(f"{{{_SVG}}}image"):
        scale = re.match(r"matrix\(([\d.]+)", image.get("transform", ""))
        image.set("href", _shrunk(image.get("href", ""), (float(scale[1]) if scale else 1) * shown))
    return ET.tostring(root, "unicode")


def _cleaned(text: str, translate: Callable[[str], str]) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314  our own figures
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"} and child.text != dark_rules():
                parent.remove(child)
    used = set(_REFERENCE.findall(ET.tostring(root, "unicode")))
    for element in root.iter():
        _simplify(element, keep_id=element.get("id") in used)
        if element.tag == f"{{{_SVG}}}text" and _LETTERS.search(word := _content(element)):
            element.text = translate(word)
    if root.get("class") != "cb-figure":
        *_, breadth, height = (float(number) for number in root.get("viewBox", "0 0 0 0").split())
        root.attrib.pop("version", None)
        root.attrib |= _DEFAULTS | {
            "class": "cb-figure",
            "width": f"{breadth * _PIXELS_PER_POINT:.0f}",
            "height": f"{height * _PIXELS_PER_POINT:.0f}",
        }
    return root


def _simplify(element: ET.Element, *, keep_id: bool) -> None:
    """Attributes in place of styles, two decimals, no whitespace between elements."""
    for part in filter(None, element.attrib.pop("style", "").split(";")):
        name, value = (side.strip() for side in part.split(":", 1))
        if name == "image-rendering":
            _show_pixels_if_enlarged(element)
        elif name != "font-family" and _DEFAULTS.get(name) != value:
            element.set(name, value)
    if not keep_id:
        element.attrib.pop("id", None)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if link := element.attrib.pop(f"{{{_XLINK}}}href", None):
        element.set("href", _light(link))
    for name in {"d", "transform", "x", "y", "width", "height", "points"} & element.attrib.keys():
        value = element.attrib[name]
        value = _DECIMALS.sub(partial(_rounded, digits=5 if "scale" in value else 2), value)
        element.set(name, re.sub(r"\s{2,}", "", value.strip()))
    element.tail = None
    if element.text and not element.text.strip():
        element.text = None


def _show_pixels_if_enlarged(image: ET.Element) -> None:
    """A small array shows its pixels; a photograph, drawn smaller than it is, stays smooth."""
    scale = re.match(r"matrix\(([\d.]+)", image.get("transform", ""))
    if scale and float(scale[1]) > 1:
        image.set("image-rendering", "pixelated")


def _light(link: str) -> str:
    """A raster image as WebP: small arrays exactly, larger pictures as good as the eye can tell."""
    head, _, data = link.partition(_PNG)
    if head or not data:
        return link
    png = base64.b64decode(data)
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    if len(png) <= _PHOTOGRAPH:
        candidates = [png, _webp(image, lossless=True, exact=True)]
    else:  # a photograph is smaller with losses, a map in few colours without
        candidates = [_webp(image, quality=70), _webp(_in_steps(image), lossless=True, quality=100)]
    smallest = min(candidates, key=len)
    return link if smallest is png else _WEBP + base64.b64encode(smallest).decode()


def _shrunk(link: str, scale: float) -> str:
    """A picture at this share of its size, if that is less than it has; a few pixels stay as they are."""
    head, _, data = link.partition(_WEBP)
    if head or not data:
        return link
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    if max(image.size) <= _COUNTABLE:
        return link
    width, height = (max(1, round(min(1, scale) * side)) for side in image.size)
    image.thumbnail((width, height))
    return min(link, _WEBP + base64.b64encode(_webp(image, quality=60, alpha_quality=30)).decode(), key=len)


def _webp(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "WebP", method=6, **options)
    return file.getvalue()


def _in_steps(image: Image.Image) -> Image.Image:
    """Opacity, which says a signed map's values, in 32 steps: one step is less than the eye can tell."""
    stepped = image.copy()
    stepped.putalpha(image.getchannel("A").point([round(round(31 * alpha / 255) * 255 / 31) for alpha in range(256)]))
    return stepped


def _rounded(number: re.Match[str], digits: int) -> str:
    return f"{float(number[0]):.{digits}f}".rstrip("0").rstrip(".")


def _content(element: ET.Element) -> str:
    return (element.text or "").strip()


def _prefixed(root: ET.Element, prefix: str) -> str:
    for element in root.iter():
        if name := element.get("id"):
            element.set("id", prefix + name)
    return ET.tostring(root, "unicode")
