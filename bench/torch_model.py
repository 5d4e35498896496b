"""CM-Func in plain PyTorch: the twin that imagefn's training step is measured against.

Same network as the specification's sections 5 and 6: patch embedding, fixed sin-cos positions, noise-level MLP,
adaLN-Zero encoder, cross-attention decoder over INR tokens, generated INR weights with grouping, rendering.
Written for speed on a CPU where plain PyTorch allows it: fused qkv, addcmul for modulation and gates, baddbmm
for the INR, weights kept as [out, in] so that the L2 norm runs along memory, ReLU in place.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

SIGMA_MIN, SIGMA_DATA = 0.002, 0.5


def attend(q, k, v):
    """softmax(q k^T / sqrt(head width)) v; all [batch, heads, tokens, width] -> [batch, tokens, heads * width]."""
    if hasattr(F, "scaled_dot_product_attention"):  # PyTorch 2
        out = F.scaled_dot_product_attention(q, k, v)
    else:
        out = torch.matmul(F.softmax(torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-2, -1)), -1), v)
    return out.transpose(1, 2).flatten(2)


def split_heads(x, parts, heads):
    """[batch, tokens, parts * dim] -> `parts` tensors [batch, heads, tokens, dim / heads]."""
    return x.unflatten(-1, (parts, heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)


class EncoderBlock(nn.Module):
    """DiT adaLN-Zero block: attention and MLP, both modulated and gated by the noise level."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.ada = nn.Linear(dim, 6 * dim)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        for layer in (self.qkv, self.proj, self.fc1, self.fc2):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, h, c):  # h [batch, tokens, dim], c = SiLU(noise embedding) [batch, dim]
        shift1, scale1, gate1, shift2, scale2, gate2 = self.ada(c).unsqueeze(1).chunk(6, -1)
        x = torch.addcmul(shift1, F.layer_norm(h, h.shape[-1:], eps=1e-6), scale1 + 1)
        h = torch.addcmul(h, gate1, self.proj(attend(*split_heads(self.qkv(x), 3, self.heads))))
        x = torch.addcmul(shift2, F.layer_norm(h, h.shape[-1:], eps=1e-6), scale2 + 1)
        return torch.addcmul(h, gate2, self.fc2(F.gelu(self.fc1(x), approximate="tanh")))


class DecoderBlock(nn.Module):
    """Pre-norm block: (self-attention,) cross-attention to the data tokens, feed-forward."""

    def __init__(self, dim, heads, self_attention):
        super().__init__()
        self.heads = heads
        if self_attention:
            self.norm_self = nn.LayerNorm(dim)
            self.qkv = nn.Linear(dim, 3 * dim, bias=False)
            self.out_self = nn.Linear(dim, dim)
        self.self_attention = self_attention
        self.norm_cross, self.norm_ff = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.q, self.kv = nn.Linear(dim, dim, bias=False), nn.Linear(dim, 2 * dim, bias=False)
        self.out = nn.Linear(dim, dim)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, tokens, context):  # [batch, INR tokens, dim], [batch, data tokens, dim]
        if self.self_attention:
            qkv = self.qkv(self.norm_self(tokens))
            tokens = tokens + self.out_self(attend(*split_heads(qkv, 3, self.heads)))
        (q,) = split_heads(self.q(self.norm_cross(tokens)), 1, self.heads)
        k, v = split_heads(self.kv(context), 2, self.heads)
        tokens = tokens + self.out(attend(q, k, v))
        return tokens + self.fc2(F.gelu(self.fc1(self.norm_ff(tokens))))


class InrLayer(nn.Module):
    """One layer of the image function: shared base weights times weights generated from its tokens."""

    def __init__(self, dim, fan_in, fan_out, groups):
        super().__init__()
        self.groups = groups
        self.norm, self.linear = nn.LayerNorm(dim), nn.Linear(dim, fan_in)
        bound = fan_in**-0.5
        self.base = nn.Parameter(torch.empty(fan_out // groups, groups, fan_in).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(fan_out).uniform_(-bound, bound))

    def forward(self, tokens):  # [batch, groups, dim] -> [batch, out, in], rows of unit length
        generated = self.linear(self.norm(tokens)).unsqueeze(1)
        return F.normalize((self.base * generated).flatten(1, 2), dim=-1, eps=1e-12)


class CmFunc(nn.Module):
    """The generator G and its rendering M: image [batch, 3, H, W] and t [batch] -> image function -> image."""

    def __init__(self, config):
        super().__init__()
        dim, heads, self.patch = config["dim"], config["heads"], config["patchSize"]
        self.patch_embed = nn.Linear(3 * self.patch**2, dim)
        nn.init.xavier_uniform_(self.patch_embed.weight)
        nn.init.zeros_(self.patch_embed.bias)
        self.time1, self.time2 = nn.Linear(256, dim), nn.Linear(dim, dim)
        for layer in (self.time1, self.time2):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        self.encoder = nn.ModuleList(EncoderBlock(dim, heads) for _ in range(config["encoderBlocks"]))
        self.context_norm = nn.LayerNorm(dim)
        self.decoder = nn.ModuleList(
            DecoderBlock(dim, heads, config["decoderSelfAttention"]) for _ in range(config["decoderBlocks"])
        )
        widths = [2 * config["peDim"]] + [config["inrWidth"]] * (config["inrDepth"] - 1) + [3]
        self.group_counts = [min(config["groups"], out) for out in widths[1:]]
        self.tokens = nn.Parameter(torch.randn(sum(self.group_counts), dim))
        self.inr = nn.ModuleList(
            InrLayer(dim, *shape) for shape in zip(widths[:-1], widths[1:], self.group_counts)
        )
        self.register_buffer("positions", sin_cos_positions(dim, config["imageSize"] // self.patch))
        self.register_buffer("frequencies", torch.exp(-math.log(10000) * torch.arange(128) / 128))

    def generate(self, x, t):
        """The image function of each image: one weight matrix [batch, out, in] for each INR layer."""
        batch, _, height, width = x.shape
        p = self.patch
        patches = x.reshape(batch, 3, height // p, p, width // p, p).permute(0, 2, 4, 1, 3, 5)
        h = self.patch_embed(patches.reshape(batch, -1, 3 * p * p)) + self.positions
        angles = t[:, None] * self.frequencies
        embedding = torch.cat([angles.cos(), angles.sin()], -1)
        c = F.silu(self.time2(F.silu(self.time1(embedding))))
        for block in self.encoder:
            h = block(h, c)
        context = self.context_norm(h)
        tokens = self.tokens.expand(batch, -1, -1)
        for block in self.decoder:
            tokens = block(tokens, context)
        return [layer(part) for layer, part in zip(self.inr, tokens.split(self.group_counts, 1))]

    def render(self, weights, embedded, height, width):
        """Image functions at embedded coordinates [batch or 1, height * width, in] -> [batch, 3, height, width]."""
        x = embedded.expand(len(weights[0]), -1, -1)
        for i, (layer, weight) in enumerate(zip(self.inr, weights)):
            x = torch.baddbmm(layer.bias, x, weight.transpose(1, 2))
            if i < len(weights) - 1:
                x = F.relu_(x)
        return x.transpose(1, 2).unflatten(-1, (height, width))

    def forward(self, x, sigma, embedded):
        """The consistency model f = c_skip x + c_out F(c_in x, 250 ln sigma), sigma [batch]."""
        s = sigma[:, None, None, None]
        c_skip = SIGMA_DATA**2 / ((s - SIGMA_MIN) ** 2 + SIGMA_DATA**2)
        c_in = (s**2 + SIGMA_DATA**2) ** -0.5
        c_out = SIGMA_DATA * (s - SIGMA_MIN) * c_in
        weights = self.generate(c_in * x, 250 * sigma.log())
        return torch.addcmul(c_skip * x, c_out, self.render(weights, embedded, *x.shape[2:]))


def sin_cos_positions(dim, side):
    """Fixed 2-D position embedding [side * side, dim]: sin and cos of the column, then of the row."""
    w = 10000 ** -(torch.arange(dim // 4) / (dim // 4))
    row, col = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    row, col = row.reshape(-1, 1) * w, col.reshape(-1, 1) * w
    return torch.cat([col.sin(), col.cos(), row.sin(), row.cos()], -1)


def cell_centres(height, width):
    """Coordinates (row, column) of the pixel centres in (-1, 1): [1, height * width, 2]."""
    axes = [2 * (torch.arange(n) + 0.5) / n - 1 for n in (height, width)]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(1, -1, 2)


def embed_coordinates(coordinates, config):
    """Positional embedding [batch, points, 2] -> [batch, points, 2 * peDim]: all cosines, then all sines."""
    count = config["peDim"] // 2
    w = torch.exp(torch.linspace(0, math.log(config["peSigma"]), count)) * math.pi
    angles = (coordinates.unsqueeze(-1) * w).flatten(2)
    return torch.cat([angles.cos(), angles.sin()], -1)
