"""Where on a photograph the garment is."""

import numpy as np

from modiste.serving.photographs.silhouette import laid_out, silhouette


def paper(height=200, width=160):
    return np.ones((height, width, 3), dtype=np.float32)


def test_a_dark_garment_is_opaque_and_the_ground_is_not():
    light = paper()
    light[40:160, 40:120] = 0.1
    alpha = laid_out(light)[..., 3]
    assert alpha[100, 80] == 1
    assert alpha[5, 5] < 0.01


def test_most_ground_that_an_outline_takes_in_is_given_back():
    light = paper()
    light[40:160, 40:120] = 0.3
    for x in range(40, 120, 8):  # a ragged hem
        light[148:160, x : x + 4] = 1
    ground = light[..., 0] == 1
    taken = silhouette(light, 1 - light[..., 0]) & ground
    assert taken.sum() > 300
    assert ((laid_out(light)[..., 3] > 0.5) & ground).sum() < 0.4 * taken.sum()


def test_pale_cloth_keeps_its_edge_beside_a_dark_crease():
    light = paper()
    light[40:160, 40:120] = (0.9, 0.88, 0.82)
    light[100:104, 40:60] = 0.4
    assert (laid_out(light)[44:156, 44:116, 3] > 0.9).all()


def test_pale_cloth_within_its_outline_is_opaque():
    light = paper()
    light[40:160, 40:120] = 0.93
    light[46:154, 46:114] = (1.0, 0.99, 0.96)
    assert laid_out(light)[100, 80, 3] == 1


def test_the_ground_shows_through_a_dark_handle():
    light = paper()
    light[20:180, 20:140] = 0.1
    light[40:100, 40:120] = 1
    alpha = laid_out(light)[..., 3]
    assert alpha[70, 80] < 0.05
    assert alpha[150, 80] == 1


def test_a_shadow_is_a_veil_of_black():
    light = paper()
    light[40:120, 40:120] = 0.1
    ramp = np.linspace(0, 0.12, 40, dtype=np.float32)[::-1, None, None]
    light[130:170, 40:120] = 1 - ramp * np.hanning(80).astype(np.float32)[None, :, None]
    shown = laid_out(light)[140, 80]
    assert 0.01 < shown[3] < 0.2
    assert shown[:3].max() < 0.2


def test_a_shadow_between_dark_legs_is_none_of_the_cloth():
    light = paper()
    light[20:180, 40:120] = 0.1
    light[80:180, 76:84] = 0.86
    alpha = laid_out(light)[..., 3]
    assert alpha[120, 80] < 0.3
    assert (alpha[30:170, 46:60] == 1).all() and alpha[40, 80] == 1


def test_a_pale_print_that_fills_much_of_the_cloth_stays():
    light = paper()
    light[20:180, 40:120] = 0.1
    for y in range(20, 180, 16):  # white stripes from edge to edge
        light[y + 4 : y + 12, 40:120] = 0.9
    assert (laid_out(light)[40:160, 56:104, 3] > 0.9).all()


def test_a_shred_of_shade_beside_a_dark_garment_is_not_laid_out():
    light = paper()
    light[20:150, 40:120] = 0.1
    light[170:174, 60:80] = 0.75
    alpha = laid_out(light)[..., 3]
    assert alpha[165:180].max() < 0.4
    assert alpha[80, 80] == 1


def test_white_on_white_without_an_outline_stays_a_photograph():
    light = paper()
    light[40:160, 40:44] = 0.9
    assert (laid_out(light)[..., 3] == 1).all()


def test_a_thin_dark_strap_is_as_opaque_as_the_bag_it_carries():
    light = paper()
    light[100:180, 30:130] = 0.1
    light[30:100, 60:62] = 0.1
    light[30:100, 98:100] = 0.1
    light[30:32, 60:100] = 0.1
    alpha = laid_out(light)[..., 3]
    assert alpha[40:90, 60].min() > 0.9 and alpha[140, 80] == 1
