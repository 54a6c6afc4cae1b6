"""Draws the icon of the product: a shield with a check mark, as the bytes of an .ico file. No picture is kept in the repository, and
whoever wants another colour changes it here."""

import struct

SIZES = (16, 24, 32, 48, 64)
SHIELD, MARK = (31, 78, 121), (255, 255, 255)
SAMPLES = 4  # of each pixel in each direction: smooth edges

# Both on a square from 0 to 1. The shield is wide above and ends in a point; the mark is two strokes.
STROKES = [((0.30, 0.46), (0.45, 0.62)), ((0.45, 0.62), (0.72, 0.30))]
STROKE_WIDTH = 0.10


def in_shield(x, y):
    if not 0.06 <= y <= 0.96:
        return False
    half = 0.40 if y <= 0.50 else 0.40 * (1 - ((y - 0.50) / 0.46) ** 2) ** 0.5
    top = 0.06 + 0.10 * abs(x - 0.5) / 0.40
    return abs(x - 0.5) <= half and y >= top


def in_mark(x, y):
    for (ax, ay), (bx, by) in STROKES:
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = max(0, min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
        if (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2 <= (STROKE_WIDTH / 2) ** 2:
            return True
    return False


def pixel(column, row, size):
    """Red, green, blue, alpha."""
    points = [((column + (i + 0.5) / SAMPLES) / size, (row + (j + 0.5) / SAMPLES) / size) for i in range(SAMPLES) for j in range(SAMPLES)]
    inside = [point for point in points if in_shield(*point)]
    if not inside:
        return (0, 0, 0, 0)
    marked = sum(in_mark(*point) for point in inside) / len(inside)
    colour = (round(mark * marked + shield * (1 - marked)) for shield, mark in zip(SHIELD, MARK))
    return (*colour, round(255 * len(inside) / len(points)))


def bitmap(size):
    """As icons have it: twice as high as it is, for the mask below, lines from the bottom."""
    rows = []
    for row in reversed(range(size)):
        for column in range(size):
            red, green, blue, alpha = pixel(column, row, size)
            rows += [blue, green, red, alpha]
    mask = bytes((size + 31) // 32 * 4 * size)
    return struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0) + bytes(rows) + mask


def shield():
    """The .ico file."""
    pictures = [bitmap(size) for size in SIZES]
    directory, offset = struct.pack("<HHH", 0, 1, len(SIZES)), 6 + 16 * len(SIZES)
    for size, picture in zip(SIZES, pictures):
        directory += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return directory + b"".join(pictures)
