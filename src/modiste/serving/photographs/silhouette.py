"""Where on a photograph the garment is, so that it can lie on paper of any colour."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from modiste.arrays import Bools, Floats

_DARK, _TINTED = 0.2, 0.045  # unlike the ground: in light, in colour
_SHARP = (0.032, 0.02)  # steps of light at an edge: surely one, and perhaps one
_SOFT = (0.5, 0.45)  # where the edge begins once it is blurred, and how wide it is
_THIN = (0.35, 0.35)  # cloth so dark is opaque where it begins and ends, however thin it is
_BARE = 0.003  # the ground itself, on either side of 1
_SPECK = 0.0006  # of the photograph: smaller parts are dust
_RIM = (0.15, 0.07)  # around bare ground, a garment is this dark; around a small hole this will do
_SMALL = 0.2  # of the garment
_PALE = 0.3  # white cloth on white: what was found of it is as light as this
_LEAST = 0.3  # of the photograph: cloth fills more than this
_FRINGE = 60  # parts of the photograph: cloth is that near to what is compared with it
_CONTRAST, _PALER = 0.25, 0.4  # cloth as dark as this has a fringe, where it is this much paler
_PLAIN = 0.15  # less of a garment is pale: it has no pale print, and what is pale is ground
_DEEP = 0.4  # cloth as dark as this shows what is shadow
_SHADE, _GREY = 0.45, 0.08  # of the cloth's darkness: a shadow is paler, and no more tinted
_ISLAND = 0.02  # of the largest part: a smaller one that is mostly shade is none of the garment
_TORN = 0.8  # and of what lies between its edges, less than this was found: no outline to follow


def laid_out(light: Floats) -> Floats:
    """(h, w, 4) the garment opaque, its shadow a veil of black, the ground transparent.

    Args:
        light: (h, w, 3), 0 to 1.04, 1 where the ground is, as `Cutout.light`.
    """
    shown = np.clip(light, 0, 1)
    away = np.asarray((1 - shown).max(axis=2), dtype=np.float32)
    solid = silhouette(light, away)
    if not solid.any():
        return np.concatenate([shown, np.ones_like(shown[..., :1])], axis=2)
    start, width = _SOFT
    tint = np.asarray(light.max(axis=2) - light.min(axis=2))
    solid = _whole_parts(solid & ~_fringe(away, tint, solid), away, tint)
    blurred = ndimage.gaussian_filter(solid.astype(np.float32), 1.0)
    thin = np.where(solid, (away - _THIN[0]) / _THIN[1], 0)  # straps are lost in the blur
    body = np.clip(np.maximum((blurred - start) / width, thin), 0, 1)[..., None]
    shadow = ndimage.gaussian_filter(np.where(solid, 0, away), 2.0)[..., None]
    alpha = body + (1 - body) * shadow
    colour = np.clip(shown * body / np.maximum(alpha, 1e-3), 0, 1)
    return np.concatenate([colour, alpha], axis=2, dtype=np.float32)


def _fringe(away: Floats, tint: Floats, solid: Bools) -> Bools:
    """(h, w) True on ground that was taken for garment along its edge, and in its shadow.

    Closing an outline takes in a little of the ground around it, and so does a shadow that has an
    edge; no one sees it on white paper, and it glows on black. Ground is what is much paler than
    the cloth beside it, and reaches the outside through nothing but such: near the edge, or
    however far from it where the garment has no print that is as pale. Pale clothes have none:
    beside a dark crease they would be taken for ground themselves.
    """
    usual = float(np.median(away[solid]))
    if usual < _CONTRAST:
        return np.zeros_like(solid)
    reach = max(2, round(max(solid.shape) / _FRINGE))
    cloth = ndimage.grey_dilation(np.where(solid, away, 0), size=2 * reach + 1)
    pale = solid & (cloth > _CONTRAST) & (away < _PALER * cloth)
    ground = pale & ~ndimage.binary_erosion(solid, iterations=2 * reach)
    shade = solid & (away < _SHADE * usual) & (tint < _GREY)
    if usual > _DEEP and shade.sum() < _PLAIN * solid.sum():
        ground |= shade
    return np.asarray(ndimage.binary_propagation(~solid, mask=~solid | ground) & solid)


def _whole_parts(solid: Bools, away: Floats, tint: Floats) -> Bools:
    """What is left without the dust, and without islands of shade beside the garment."""
    parts, count = ndimage.label(solid)
    if not count:
        return solid
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    usual = float(np.median(away[solid]))
    pale = (away < _SHADE * usual) & (tint < _GREY)
    shade = np.bincount(parts.ravel(), weights=pale.ravel())
    island = (sizes < _ISLAND * sizes.max()) & (shade > 0.5 * sizes)
    return np.asarray(((sizes > max(12, _SPECK * solid.size)) & ~island)[parts])


def silhouette(light: Floats, away: Floats) -> Bools:
    """(h, w) True on the garment; pale cloth counts where an outline goes around it.

    Nowhere, where white cloth on white has no outline.
    """
    tint = light.max(axis=2) - light.min(axis=2)
    grey = ndimage.gaussian_filter(light.mean(axis=2), 0.6)
    edge = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)) / 4
    unlike = (away > _DARK) | ((tint > _TINTED) & (away > 0.05))
    bare = np.abs(light - 1).max(axis=2) <= _BARE
    firm, faint = _closed(unlike | (edge > _SHARP[0])), _closed(unlike | (edge > _SHARP[1]))
    within = _filled(faint, bare, away) & ~faint  # what even a faint outline goes around
    solid = _filled(_closed(_filled(firm, bare, away) | within), bare, away)
    if not solid.any() or np.maximum(away, 3 * tint)[solid].mean() < _PALE:
        whole = _spanned(solid)
        torn = solid.mean() < _LEAST or solid.sum() < _TORN * _between(solid).sum()
        solid = np.zeros_like(solid) if torn else whole
    parts, count = ndimage.label(solid)
    if not count:
        return solid
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(sizes[parts] > max(12, _SPECK * solid.size))


def _spanned(outline: Bools) -> Bools:
    """Each part of an outline with what lies between its edges."""
    groups, _ = ndimage.label(_closed(outline, 40))
    spanned = outline.copy()
    for number, place in enumerate(ndimage.find_objects(groups), start=1):
        spanned[place] |= _between(outline[place] & (groups[place] == number))
    return spanned


def _between(outline: Bools) -> Bools:
    """What lies between two edges of an outline, both across and down."""
    across = np.maximum.accumulate(outline, 1) & np.maximum.accumulate(outline[:, ::-1], 1)[:, ::-1]
    down = np.maximum.accumulate(outline, 0) & np.maximum.accumulate(outline[::-1], 0)[::-1]
    return np.asarray(across & down)


def _closed(outline: Bools, parts: int = 130) -> Bools:
    """An outline without gaps up to two of `parts` parts of the photograph."""
    reach = max(1, round(max(outline.shape) / parts))
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    closed = ndimage.binary_closing(np.pad(outline, reach + 1), x * x + y * y <= reach * reach)
    inner = slice(reach + 1, -reach - 1)
    return np.asarray(closed[inner, inner])


def _filled(shell: Bools, bare: Bools, away: Floats) -> Bools:
    """What an outline encloses, but for the ground that shows through handles and chains.

    Pale cloth within its outline may be as light as the ground, but fades into it.
    """
    solid = np.asarray(ndimage.binary_fill_holes(shell))
    holes, count = ndimage.label(solid & ~shell)
    if not count:
        return solid
    numbers = np.arange(1, count + 1)
    sizes = ndimage.sum(holes > 0, holes, numbers)
    near = ndimage.grey_dilation(holes, size=9) * (holes == 0) * solid
    rim = np.nan_to_num(ndimage.mean(ndimage.grey_dilation(away, size=3), near, numbers))
    dark = (rim > _RIM[0]) | ((rim > _RIM[1]) & (sizes < _SMALL * solid.sum()))
    air = dark & (ndimage.mean(bare, holes, numbers) > 0.6) & (sizes > 0.003 * solid.size)
    return solid & ~np.isin(holes, numbers[air])
