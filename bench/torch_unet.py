"""The U-Net in plain PyTorch: the twin that imagefn's training step of a U-Net is measured against.

Same network as @imagefn/unet-baseline: residual blocks with group norm and a noise embedding, attention at chosen sizes,
up and down sampling inside residual blocks or by convolutions, skips. Written for speed on a CPU where plain PyTorch
allows it: modulation by addcmul, SiLU in place where nothing else reads its input, attention without transposed copies.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

SIGMA_MIN, SIGMA_DATA = 0.002, 0.5


def conv3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def zero(layer):
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, embedding, scale_shift, groups, mode=None):
        super().__init__()
        self.mode, self.scale_shift = mode, scale_shift
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs), conv3(inputs, outputs)
        self.embedding = nn.Linear(embedding, 2 * outputs if scale_shift else outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs), zero(conv3(outputs, outputs))
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def resize(self, x):
        if self.mode == "up":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return F.avg_pool2d(x, 2) if self.mode == "down" else x

    def forward(self, x, emb):  # emb = SiLU(noise embedding) [batch, embedding]
        h = self.conv1(self.resize(F.silu(self.norm1(x))))
        e = self.embedding(emb)[:, :, None, None]
        if self.scale_shift:
            scale, shift = e.chunk(2, 1)
            h = torch.addcmul(shift, self.norm2(h), scale + 1)
        else:
            h = self.norm2(h + e)
        return self.skip(self.resize(x)) + self.conv2(F.silu(h))


class Attention(nn.Module):
    def __init__(self, width, head_channels, groups):
        super().__init__()
        self.d = head_channels
        self.norm = nn.GroupNorm(groups, width)
        self.qkv, self.proj = nn.Conv1d(width, 3 * width, 1), zero(nn.Conv1d(width, width, 1))

    def forward(self, x):
        batch, width, height, columns = x.shape
        qkv = self.qkv(self.norm(x).flatten(2)).reshape(batch, 3, width // self.d, self.d, height * columns)
        q, k, v = (part.flatten(0, 1) for part in qkv.unbind(1))  # [batch * heads, d, pixels]
        empty = torch.empty((), dtype=x.dtype, device=x.device)
        scores = torch.baddbmm(empty, q.transpose(1, 2), k, beta=0, alpha=self.d**-0.5)
        mixed = torch.bmm(v, F.softmax(scores, -1).transpose(1, 2))
        return x + self.proj(mixed.reshape(batch, width, -1)).reshape(x.shape)


class Stage(nn.Module):
    """A residual block, and the attention after it where there is one."""

    def __init__(self, residual, attention):
        super().__init__()
        self.residual, self.attention = residual, attention

    def forward(self, x, emb):
        h = self.residual(x, emb)
        return h if self.attention is None else self.attention(h)


class Unet(nn.Module):
    """The consistency model f of a U-Net: images [batch, 3, H, W] and sigma [batch] -> images."""

    def __init__(self, config):
        super().__init__()
        c, size = config["channels"], config["imageSize"]
        embedding = 4 * c
        self.conv_resample = config["resample"] == "conv"
        self.time1, self.time2 = nn.Linear(c, embedding), nn.Linear(embedding, embedding)
        self.register_buffer("frequencies", torch.exp(-math.log(10000) * torch.arange(c // 2) / (c // 2)))

        def residual(inputs, outputs, mode=None):
            return ResidualBlock(inputs, outputs, embedding, config["scaleShift"], config["groups"], mode)

        def stage(inputs, outputs):
            attends = size in config["attention"]
            return Stage(residual(inputs, outputs), Attention(outputs, config["headChannels"], config["groups"]) if attends else None)

        def resample(width, mode):
            if self.conv_resample:
                return conv3(width, width, 2 if mode == "down" else 1)
            return residual(width, width, mode)

        self.input = conv3(3, c)
        width, skips = c, [c]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        last = len(config["multipliers"]) - 1
        for level, multiplier in enumerate(config["multipliers"]):
            for _ in range(config["blocks"]):
                self.down.append(stage(width, multiplier * c))
                width = multiplier * c
                skips.append(width)
            if level < last:
                self.down.append(resample(width, "down"))
                skips.append(width)
                size //= 2
        self.middle = nn.ModuleList(
            [residual(width, width), Attention(width, config["headChannels"], config["groups"]), residual(width, width)]
        )
        for level, multiplier in reversed(list(enumerate(config["multipliers"]))):
            for _ in range(config["blocks"] + 1):
                self.up.append(stage(width + skips.pop(), multiplier * c))
                width = multiplier * c
            if level > 0:
                self.up.append(resample(width, "up"))
                size *= 2
        self.norm, self.output = nn.GroupNorm(config["groups"], width), zero(conv3(width, 3))

    def network(self, x, t):
        """The free-form network F."""
        angles = t[:, None] * self.frequencies
        emb = self.time2(F.silu(self.time1(torch.cat([angles.cos(), angles.sin()], -1))))
        emb = F.silu(emb)
        h = self.input(x)
        skips = [h]
        for layer in self.down:
            h = layer(h) if isinstance(layer, nn.Conv2d) else layer(h, emb)
            skips.append(h)
        first, attention, second = self.middle
        h = second(attention(first(h, emb)), emb)
        for layer in self.up:
            if isinstance(layer, Stage):
                h = layer(torch.cat([h, skips.pop()], 1), emb)
            elif self.conv_resample:
                h = layer(F.interpolate(h, scale_factor=2, mode="nearest"))
            else:
                h = layer(h, emb)
        return self.output(F.silu(self.norm(h)))

    def forward(self, x, sigma, _=None):
        """f = c_skip x + c_out F(c_in x, 250 ln sigma), sigma [batch]."""
        s = sigma[:, None, None, None]
        c_skip = SIGMA_DATA**2 / ((s - SIGMA_MIN) ** 2 + SIGMA_DATA**2)
        c_in = (s**2 + SIGMA_DATA**2) ** -0.5
        c_out = SIGMA_DATA * (s - SIGMA_MIN) * c_in
        return torch.addcmul(c_skip * x, c_out, self.network(c_in * x, 250 * sigma.log()))
