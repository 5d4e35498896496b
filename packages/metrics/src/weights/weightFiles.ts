// Which weight files the metrics need: official names, where they are published, checksums and licences.

/** One published file. */
export interface WeightFile {
  /** Names under which it is looked for, the official one first. */
  readonly names: readonly string[];
  /** Where it is published. */
  readonly url: string;
  /**
   * Its SHA-256 in hexadecimal, or the first digits of it where the publisher states no more (torchvision puts
   * eight in the name); null where none is known.
   */
  readonly sha256: string | null;
  /** The licence of the file, and whose it is. */
  readonly licence: string;
}

/** What one network needs: any one of `files`. */
export interface WeightNeed {
  /** What the weights are of. */
  readonly what: string;
  /** Files that hold them, the usual one first. */
  readonly files: readonly WeightFile[];
  /** How to get or make them, in a sentence or two. */
  readonly how: string;
}

const torchvision = (name: string, ...older: string[]): WeightFile[] =>
  [name, ...older].map((file) => ({
    names: [file],
    url: `https://download.pytorch.org/models/${file}`,
    sha256: /-([0-9a-f]{8})\.pth$/.exec(file)?.[1] ?? null,
    licence: "BSD-3-Clause (torchvision)",
  }));

/** The linear layers of LPIPS v0.1, whose official files are called vgg.pth, alex.pth and squeeze.pth. */
const lpipsHeads = (network: "vgg" | "alex" | "squeeze", sha256: string): WeightNeed => ({
  what: `LPIPS v0.1, linear layers for ${network}`,
  files: [
    {
      names: [
        `lpips_v0.1_${network}.pth`,
        `LPIPS_v0.1_${network}-${sha256.slice(0, 8)}.pth`,
        `v0.1/${network}.pth`,
        `${network}.pth`,
      ],
      url: `https://github.com/richzhang/PerceptualSimilarity/blob/master/lpips/weights/v0.1/${network}.pth`,
      sha256,
      licence: "BSD-2-Clause (PerceptualSimilarity)",
    },
  ],
  how: `Take lpips/weights/v0.1/${network}.pth from the PerceptualSimilarity repository or the Python package lpips.`,
});

const exported = (
  metric: string,
  file: string,
  network: string,
  url: string,
  licence: string,
): WeightNeed => ({
  what: `${network}, exported to ONNX`,
  files: [{ names: [file], url, sha256: null, licence }],
  how:
    "There is no checksum, since exported files differ from version to version. Make it with Python: pip install pyiqa " +
    `onnx, then python3 quality_export.py ${metric} ${file}, a script in the folder tools of @imagefn/metrics.`,
});

const PYIQA = "https://github.com/chaofengc/IQA-PyTorch";

/** All weights that the metrics can use, by the name that `findWeights` takes. */
export const weightFiles = {
  inception: {
    what: "Inception-2015, the network of FID",
    files: [
      {
        names: ["pt_inception-2015-12-05-6726825d.pth"],
        url: "https://github.com/mseitzer/pytorch-fid/releases/tag/fid_weights",
        sha256: "6726825d",
        licence: "Apache-2.0 (pytorch-fid, from TensorFlow's)",
      },
      {
        names: ["weights-inception-2015-12-05-6726825d.pth"],
        url: "https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0",
        sha256: "6726825d",
        licence: "Apache-2.0 (torch-fidelity, from TensorFlow's)",
      },
      {
        names: ["inception-2015-12-05.safetensors", "pt_inception-2015-12-05-6726825d.safetensors"],
        url: "https://github.com/mseitzer/pytorch-fid/releases/tag/fid_weights",
        sha256: null,
        licence: "Apache-2.0 (converted from pytorch-fid's)",
      },
      {
        names: ["inception-2015-12-05.pt"],
        url: "https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/metrics/inception-2015-12-05.pt",
        sha256: null,
        licence: "Apache-2.0 (TensorFlow's, translated by NVIDIA)",
      },
      {
        names: ["classify_image_graph_def.pb"],
        url: "http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz",
        sha256: null,
        licence: "Apache-2.0 (TensorFlow)",
      },
    ],
    how: "Download the file of pytorch-fid's release fid_weights (91 MB); clean-fid's and TensorFlow's hold the same network.",
  },
  vgg16: {
    what: "VGG16 of torchvision",
    files: torchvision("vgg16-397923af.pth"),
    how: "Download torchvision's file (528 MB, of which only the convolutions are needed).",
  },
  alexnet: {
    what: "AlexNet of torchvision",
    files: torchvision("alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"),
    how: "Download torchvision's file (233 MB, of which only the convolutions are needed).",
  },
  squeezenet: {
    what: "SqueezeNet 1.1 of torchvision",
    files: [
      ...torchvision("squeezenet1_1-b8a52dc0.pth", "squeezenet1_1-f364aa15.pth"),
      {
        names: ["squeezenet1_1.fp16.ncnn.bin"],
        url: "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
        sha256: null,
        licence: "BSD-3-Clause (torchvision's, converted to ncnn in 16 bits)",
      },
    ],
    how: "Download torchvision's file (4.8 MB).",
  },
  "lpips-vgg": lpipsHeads("vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"),
  "lpips-alex": lpipsHeads("alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"),
  "lpips-squeeze": lpipsHeads("squeeze", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"),
  niqe: {
    what: "NIQE's model of pristine pictures",
    files: [
      {
        names: ["niqe_pris_params.npz"],
        url: "https://github.com/XPixelGroup/BasicSR/blob/master/basicsr/metrics/niqe_pris_params.npz",
        sha256: "2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296",
        licence: "Apache-2.0 (BasicSR)",
      },
    ],
    how: "Take basicsr/metrics/niqe_pris_params.npz from the BasicSR repository (12 kB).",
  },
  clipiqa: exported(
    "clipiqa",
    "clipiqa.onnx",
    "CLIP ResNet-50 with CLIP-IQA's prompts",
    PYIQA,
    "MIT (OpenAI's CLIP), CC BY-NC-SA 4.0 (pyiqa)",
  ),
  musiq: exported("musiq", "musiq.onnx", "MUSIQ trained on KonIQ-10k", PYIQA, "CC BY-NC-SA 4.0 (pyiqa)"),
  maniqa: exported(
    "maniqa",
    "maniqa.onnx",
    "MANIQA trained on KonIQ-10k",
    PYIQA,
    "Apache-2.0 (MANIQA), CC BY-NC-SA 4.0 (pyiqa)",
  ),
} as const satisfies Record<string, WeightNeed>;

/** A key of `weightFiles`. */
export type WeightName = keyof typeof weightFiles;
