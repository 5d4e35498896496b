"""Exports the network of CLIP-IQA, MUSIQ or MANIQA from pyiqa to an ONNX file for `qualityMetric` of @imagefn/metrics.

    pip install "pyiqa>=0.1.12" onnx
    python3 quality_export.py clipiqa clipiqa.onnx

pyiqa downloads the weights when they are used first. Its resizing, patches, crops and normalisation stay out of the
file, since @imagefn/metrics does them. What is in it:

    clipiqa   image [1, 3, height, width]  -> logits [1, 10]   100 x cosine with the ten prompts
    musiq     tokens [1, count, 3075]      -> score [1, 1]
    maniqa    crop [1, 3, 224, 224]        -> sums [1, 2]      over the patches: weight x score, weight

Tried with pyiqa 0.1.15 and PyTorch 2.13.
"""
import inspect
import sys

import pyiqa
import torch


class Clipiqa(torch.nn.Module):
    inputs, outputs, example = ["image"], ["logits"], [1, 3, 224, 256]
    free = {"image": {2: "height", 3: "width"}}

    def __init__(self, net):
        super().__init__()
        self.clip = net.clip_model[0].float()
        # The prompts are constant: the text encoder stays out of the file.
        self.register_buffer("prompts", self.clip.encode_text(net.prompt_pairs))

    def forward(self, image):
        logits, _ = self.clip(image, None, text_features=self.prompts, pos_embedding=False)
        return logits


class Musiq(torch.nn.Module):
    inputs, outputs, example = ["tokens"], ["score"], [1, 200, 3075]
    free = {"tokens": {1: "count"}}

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, tokens):
        # Of this one module, not of its parts: in evaluation it would cut the patches itself.
        self.net.training = True
        return self.net(tokens)


class Maniqa(torch.nn.Module):
    inputs, outputs, example = ["crop"], ["sums"], [1, 3, 224, 224]
    free = {}

    def __init__(self, net):
        super().__init__()
        self.net = net
        net.default_mean, net.default_std = torch.zeros(1), torch.ones(1)
        sys.modules[type(net).__module__].uniform_crop = lambda x, **_: x
        net.fc_score.register_forward_hook(lambda *call: self.keep("score", call))
        net.fc_weight.register_forward_hook(lambda *call: self.keep("weight", call))

    def keep(self, name, call):
        object.__setattr__(self, name, call[-1])

    def forward(self, crop):
        self.net(crop)
        return torch.stack([(self.weight * self.score).sum(), self.weight.sum()]).reshape(1, 2)


@torch.no_grad()
def export(name, path):
    network = {"clipiqa": Clipiqa, "musiq": Musiq, "maniqa": Maniqa}[name]
    model = network(pyiqa.create_metric(name, device="cpu").net).eval()
    # The older of PyTorch's two exporters, which takes names and free sizes in the same way in all versions.
    older = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(
        model,
        (torch.rand(network.example).round(),),
        path,
        input_names=network.inputs,
        output_names=network.outputs,
        dynamic_axes=network.free,
        opset_version=17,
        **older,
    )


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("clipiqa", "musiq", "maniqa"):
        sys.exit(__doc__)
    export(*sys.argv[1:])
