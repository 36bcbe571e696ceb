"""Makes the picture files of this folder and what Pillow decodes them to.

    python generate.py        (needs Pillow 11 and NumPy; the results are committed, so tests need neither)

Every FILE.ppm is ImageOps.exif_transpose(Image.open(FILE)).convert("RGB"), except where a comment says otherwise.
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

HERE = Path(__file__).parent
WIDTH, HEIGHT = 37, 23  # odd, and not a multiple of any block size


def picture():
    """A gradient with two shapes; no two of its eight orientations look alike."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.stack([x * 255 // (WIDTH - 1), y * 255 // (HEIGHT - 1), (x * 3 + y * 5) % 256], axis=2)
    rgb[3:9, 4:14] = (220, 40, 30)
    rgb[(x - 26) ** 2 + (y - 14) ** 2 < 30] = (30, 60, 210)
    return rgb.astype(np.uint8)


def expect(name, image=None):
    path = HERE / name
    image = image or ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.save(HERE / (name + ".ppm"))


def save(name, image, **options):
    image.save(HERE / name, **options)
    expect(name)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width, height, bits, color_type, rows, interlaced=0, before_pixels=b""):
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before_pixels
            + png_chunk(b"IDAT", zlib.compress(rows, 9)) + png_chunk(b"IEND", b""))


def bmp16(rgb, green_bits):
    """16 bits a pixel: 5-5-5 as every BMP has it, or 5-6-5 by bit fields."""
    red, green, blue = (rgb.astype(np.uint16)[:, :, i] for i in range(3))
    pixels = red >> 3 << 5 + green_bits | green >> 8 - green_bits << 5 | blue >> 3
    padded = np.pad(pixels, ((0, 0), (0, WIDTH % 2)))[::-1].astype("<u2").tobytes()
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F) if green_bits == 6 else b""
    offset = 54 + len(masks)
    return (b"BM" + struct.pack("<IHHI", offset + len(padded), 0, 0, offset)
            + struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 16, 3 if masks else 0, len(padded), 2835, 2835, 0, 0)
            + masks + padded)


def adam7(rgb):
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b""
    for x, y, dx, dy in passes:
        for row in rgb[y::dy, x::dx]:
            if len(row):
                rows += b"\0" + row.tobytes()
    return rows


def main():
    rgb = picture()
    image = Image.fromarray(rgb)
    gray = image.convert("L")
    alpha = Image.fromarray((np.mgrid[0:HEIGHT, 0:WIDTH][1] * 6).astype(np.uint8))
    rgba = image.copy()
    rgba.putalpha(alpha)
    gray_alpha = gray.copy()
    gray_alpha.putalpha(alpha)

    # JPEG
    save("baseline.jpg", image, quality=90)
    save("progressive.jpg", image, quality=90, progressive=True)
    save("444.jpg", image, quality=90, subsampling=0)
    save("gray.jpg", gray, quality=90)
    save("cmyk.jpg", image.convert("CMYK"), quality=95)
    data = (HERE / "cmyk.jpg").read_bytes()
    adobe = data.index(b"\xff\xee")  # without it the file does not say that it is inverted; it is all the same
    (HERE / "cmyk_plain.jpg").write_bytes(data[:adobe] + data[adobe + 16:])
    expect("cmyk_plain.jpg")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation_{orientation}.jpg", image, quality=90, exif=exif.tobytes())

    # PNG
    exif = Image.Exif()
    exif[0x0112] = 6
    save("rgb.png", image)
    save("rgba.png", rgba)
    save("gray.png", gray)
    save("gray_alpha.png", gray_alpha)
    save("palette.png", image.quantize(60))
    save("palette_transparent.png", image.quantize(13), transparency=3)
    save("bilevel.png", gray.convert("1"))
    save("orientation_6.png", image, exif=exif.tobytes())
    profile = PngImagePlugin.PngInfo()
    profile.add_text("comment", "x" * 5000, zip=True)
    save("extras.png", image, pnginfo=profile, icc_profile=b"no profile at all", dpi=(72, 72))
    transparent = png_chunk(b"tRNS", struct.pack(">HHH", 220, 40, 30))
    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    (HERE / "rgb_transparent_color.png").write_bytes(png_file(WIDTH, HEIGHT, 8, 2, rows, 0, transparent))
    expect("rgb_transparent_color.png")
    (HERE / "interlaced.png").write_bytes(png_file(WIDTH, HEIGHT, 8, 2, adam7(rgb), 1))
    expect("interlaced.png")
    wide = (rgb.astype(np.uint16) << 8 | 0x80).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    (HERE / "rgb16.png").write_bytes(png_file(WIDTH, HEIGHT, 16, 2, rows))
    expect("rgb16.png")
    # Pillow clips 16-bit grey at 255; the high byte is what the picture shows.
    wide = (np.asarray(gray).astype(np.uint16) << 8 | 0x7F).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    (HERE / "gray16.png").write_bytes(png_file(WIDTH, HEIGHT, 16, 0, rows))
    expect("gray16.png", gray.convert("RGB"))

    # WebP
    save("lossless.webp", image, lossless=True)
    save("lossless_alpha.webp", rgba, lossless=True, exact=True)
    save("lossy.webp", image, quality=85)
    save("lossy_alpha.webp", rgba, quality=85)
    save("orientation_6.webp", image, lossless=True, exif=exif.tobytes())
    image.save(HERE / "animated.webp", save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)])

    # BMP
    save("rgb.bmp", image)
    save("gray.bmp", gray)
    save("palette.bmp", image.quantize(60))
    save("bilevel.bmp", gray.convert("1"))
    save("rgba.bmp", rgba)
    data = (HERE / "rgb.bmp").read_bytes()
    stride = (WIDTH * 3 + 3) // 4 * 4
    flipped = b"".join(data[54 + y * stride: 54 + (y + 1) * stride] for y in reversed(range(HEIGHT)))
    (HERE / "top_down.bmp").write_bytes(data[:22] + struct.pack("<i", -HEIGHT) + data[26:54] + flipped)
    expect("top_down.bmp")
    for name, green_bits in (("555.bmp", 5), ("565.bmp", 6)):
        (HERE / name).write_bytes(bmp16(rgb, green_bits))
        expect(name)

    # TIFF
    save("raw.tiff", image)
    save("lzw.tiff", image, compression="tiff_lzw")
    save("deflate.tiff", image, compression="tiff_adobe_deflate")
    save("packbits.tiff", image, compression="packbits")
    save("gray.tiff", gray)
    save("rgba.tiff", rgba)
    save("palette.tiff", image.quantize(60))
    save("bilevel.tiff", gray.convert("1"))
    save("orientation_6.tiff", image, exif=exif)
    save("strips.tiff", image, compression="tiff_lzw", tiffinfo={278: 5, 274: 8})
    # Pillow clips 16-bit grey here, too.
    Image.fromarray(np.asarray(gray).astype(np.uint16) << 8).save(HERE / "gray16.tiff")
    expect("gray16.tiff", gray.convert("RGB"))

    # Resizes: SIZE.ppm is what Pillow makes of resize/input.ppm.
    noise = np.random.default_rng(7).integers(0, 256, (19, 31, 3), dtype=np.uint8)
    noise[:8, :11] = rgb[:8, :11]
    (HERE / "resize").mkdir(exist_ok=True)
    source = Image.fromarray(noise)
    source.save(HERE / "resize/input.ppm")
    for size in ((31, 19), (31, 7), (12, 19), (13, 8), (64, 40), (5, 33), (1, 1), (1, 50), (70, 1)):
        source.resize(size, Image.Resampling.BILINEAR).save(HERE / f"resize/{size[0]}x{size[1]}.ppm")


if __name__ == "__main__":
    main()
