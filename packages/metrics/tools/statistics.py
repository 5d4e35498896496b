"""Makes test/statistics.json: what numpy, scipy, scikit-image and Pillow give for inputs that the tests make themselves.

    python3 packages/metrics/tools/statistics.py [niqe_pris_params.npz] > packages/metrics/test/statistics.json

Needs numpy, scipy, scikit-image and Pillow. NIQE is written out here from its definition, with scipy's filters.
"""

import json
import sys

import numpy as np
from PIL import Image
from scipy.linalg import sqrtm
from scipy.ndimage import convolve
from scipy.special import gamma
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def hashed(n):
    """n whole numbers in 0..65535: the top half of a linear congruence, by index."""
    i = np.arange(n, dtype=np.uint64)
    x = (i * np.uint64(2654435761) + np.uint64(12345)) % np.uint64(2**32)
    x = (x ^ (x >> np.uint64(15))) * np.uint64(2246822519) % np.uint64(2**32)
    return (x >> np.uint64(16)).astype(np.int64)


def features(count, dims, shift):
    """[count, dims] in 0..1, later columns smaller, moved by `shift`."""
    x = hashed((count + shift) * dims)[shift * dims:].reshape(count, dims) / 65536
    return x / (1 + np.arange(dims)) + shift / 1024


def picture(channels, height, width, noise):
    """Slopes and edges with noise: bytes [channels, height, width]."""
    c, i, j = np.meshgrid(np.arange(channels), np.arange(height), np.arange(width), indexing="ij")
    slopes = np.abs((5 * i + 3 * j + 40 * c) % 200 - 100) + 60 * (((i // 13) + (j // 17)) % 2)
    x = slopes + hashed(slopes.size).reshape(slopes.shape) * noise // 65536
    return np.clip(x, 0, 255).astype(np.uint8)


def frechet(a, b):
    root = sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)).real
    difference = a.mean(0) - b.mean(0)
    return difference @ difference + np.trace(np.cov(a, rowvar=False) + np.cov(b, rowvar=False) - 2 * root)


def kid(a, b):
    """The unbiased estimate over all images, as torch-fidelity with one subset of all."""
    kernel = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    n = len(a)
    within = sum(k.sum() - np.trace(k) for k in (kernel(a, a), kernel(b, b)))
    return within / (n * (n - 1)) - 2 * kernel(a, b).mean()


GRID = np.arange(0.2, 10.001, 0.001)
RATIO = gamma(2 / GRID) ** 2 / (gamma(1 / GRID) * gamma(3 / GRID))


def aggd(x):
    left, right = np.sqrt(np.mean(x[x < 0] ** 2)), np.sqrt(np.mean(x[x > 0] ** 2))
    g = left / right
    r = np.mean(np.abs(x)) ** 2 / np.mean(x**2) * (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    alpha = GRID[np.argmin(np.abs(RATIO - r))]
    scale = np.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
    return alpha, left * scale, right * scale


def block_features(x):
    alpha, left, right = aggd(x)
    out = [alpha, (left + right) / 2]
    for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        alpha, left, right = aggd(x * np.roll(x, shift, (0, 1)))
        out += [alpha, (right - left) * gamma(2 / alpha) / gamma(1 / alpha), left, right]
    return out


def halve(x):
    """MATLAB's imresize(x, 0.5) along the first axis, then the second."""
    d = np.abs(np.arange(-3.5, 4)) / 2
    weights = np.where(d <= 1, 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2)
    weights /= weights.sum()
    for _ in range(2):
        mirrored = np.concatenate([x[2::-1], x, x[:-5:-1]])
        x = sum(w * mirrored[t:t + len(x):2] for t, w in enumerate(weights)).T
    return x


def ycbcr_luma(rgb):
    """BasicSR's to_y_channel, and its rounding before NIQE: float32 but for the sum."""
    bgr = rgb[::-1].transpose(1, 2, 0).astype(np.float32) / 255.0
    y = (np.dot(bgr, [24.966, 128.553, 65.481]) + 16.0) / 255.0
    return (y.astype(np.float32) * np.float32(255)).round().astype(float)


def niqe(rgb, mean, covariance, window, luma=None):
    """rgb: bytes [3, height, width]"""
    red, green, blue = rgb.astype(float)
    y = luma(rgb) if luma else np.rint((299 * red + 587 * green + 114 * blue) / 1000)
    rows, columns = y.shape[0] // 96, y.shape[1] // 96
    y = y[: rows * 96, : columns * 96]
    parts = []
    for side in (96, 48):
        mu = convolve(y, window, mode="nearest")
        deviation = np.sqrt(np.abs(convolve(y**2, window, mode="nearest") - mu**2) + np.finfo(float).eps)
        z = (y - mu) / (deviation + 1)
        blocks = z.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)
        parts.append([block_features(b) for b in blocks])
        y = halve(y)
    f = np.concatenate(parts, 1)
    own = np.cov(f, rowvar=False) if len(f) > 1 else np.zeros((36, 36))
    d = mean - np.nanmean(f, 0)
    return float(np.sqrt(d @ np.linalg.pinv((covariance + own) / 2) @ d))


def window():
    x = np.arange(-3, 4)
    g = np.exp(-(x[:, None] ** 2 + x**2) / (2 * (7 / 6) ** 2))
    return g / g.sum()


def main():
    a, b = features(300, 12, 0), features(280, 12, 64)
    one, two = picture(3, 40, 50, 60), picture(3, 40, 50, 90)
    # Mean 0 and covariance I stand for a model, so that the test needs no file.
    plain = (np.zeros(36), np.eye(36), window())
    large, small = picture(3, 210, 300, 100), picture(3, 32, 32, 100)
    enlarged = np.stack([np.asarray(Image.fromarray(p).resize((192, 192), Image.BICUBIC)) for p in small])
    out = {
        "mean": a.mean(0).tolist(),
        "covariance": np.cov(a, rowvar=False).ravel().tolist(),
        "frechet": frechet(a, b),
        "kid": kid(a[:280], b),
        "psnr": peak_signal_noise_ratio(one, two, data_range=255),
        "ssim": structural_similarity(
            one, two, channel_axis=0, data_range=255,
            gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
        ),
        "niqe": niqe(large, *plain),
        "niqe@192": niqe(enlarged, *plain),
        "niqe ycbcr": niqe(large, *plain, luma=ycbcr_luma),
        "niqe@192 ycbcr": niqe(enlarged, *plain, luma=ycbcr_luma),
    }
    if len(sys.argv) > 1:
        model = np.load(sys.argv[1])
        pristine = (model["mu_pris_param"][0], model["cov_pris_param"], model["gaussian_window"])
        out["pristine niqe"] = niqe(large, *pristine)
        out["pristine niqe@192"] = niqe(enlarged, *pristine)
    json.dump(out, sys.stdout, indent=1)
    print()


main()
