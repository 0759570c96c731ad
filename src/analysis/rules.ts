/** How well suited something is, by name, 0–1. */
export type Preferences = Readonly<Record<string, number>>

/** A family of models, told by the model's id. */
export interface FamilyRule {
  readonly family: string
  /** Regular expressions, without regard to case; one that is found in the id suffices. */
  readonly patterns: ReadonlyArray<string>
  readonly hardware: Preferences
  /** Milliseconds of one run on plain hardware for each billion parameters, where nothing better is known. */
  readonly msPerBillion: number
}

/** What a model weighs, told by its id. */
export interface SizeRule {
  readonly pattern: string
  /** Billions of parameters; `capture`: the first group of the pattern says so, times `factor`. */
  readonly billions: number | { readonly capture: true; readonly factor: number }
}

/** Which browser a test of the web platform is best run in, told by the type of its task. */
export interface BrowserRule {
  readonly patterns: ReadonlyArray<string>
  readonly browsers: Preferences
}

/**
 * How tasks are judged by their names alone, as data: a user's own take the place of any part. Rules are tried in their
 * order, and the first that matches counts.
 */
export interface AnalysisRules {
  readonly families: ReadonlyArray<FamilyRule>
  readonly sizes: ReadonlyArray<SizeRule>
  readonly browsers: ReadonlyArray<BrowserRule>
  /** Memory for each billion parameters, in GiB: two bytes each, and a fifth for what is computed with them. */
  readonly gibPerBillion: number
}

const accelerated: Preferences = { cuda: 1, rocm: 0.9, mps: 0.8, openvino: 0.5, cpu: 0.2 }
const small: Preferences = { cuda: 1, rocm: 0.9, mps: 0.8, openvino: 0.8, qnn: 0.6, webnn: 0.6, cpu: 0.5 }

/**
 * Families of S5 by the names that their models go by. Sizes are those that publishers put into names; where a name says
 * `base` or `large` it is by BERT's (0.11 and 0.34 billion; Devlin et al., 2019).
 */
export const defaultRules: AnalysisRules = {
  gibPerBillion: 2.24,
  families: [
    {
      family: "multimodal",
      patterns: ["clip", "llava", "blip", "flava", "paligemma", "idefics", "(^|[-/_])vl([-_]|$)", "vision-language"],
      hardware: accelerated,
      msPerBillion: 300
    },
    {
      family: "audio",
      patterns: ["whisper", "wav2vec", "hubert", "clap", "speech", "audio", "musicgen", "encodec"],
      hardware: { ...small, qnn: 0.8 },
      msPerBillion: 400
    },
    {
      family: "vision",
      patterns: [
        "vit",
        "resnet",
        "deit",
        "detr",
        "yolo",
        "swin",
        "convnext",
        "efficientnet",
        "segment-anything",
        "dino"
      ],
      hardware: { ...small, webgpu: 0.7, openvino: 0.9 },
      msPerBillion: 150
    },
    {
      family: "text_embedding",
      patterns: ["bert", "embed", "(^|[-/_])(e5|bge|gte)([-_]|$)", "minilm", "mpnet", "sentence-"],
      hardware: small,
      msPerBillion: 100
    },
    {
      family: "text_generation",
      patterns: [
        "gpt",
        "llama",
        "mistral",
        "mixtral",
        "qwen",
        "gemma",
        "falcon",
        "bloom",
        "opt-",
        "phi-",
        "t5",
        "mamba"
      ],
      hardware: accelerated,
      msPerBillion: 1_000
    }
  ],
  sizes: [
    // Of experts that share their layers of attention, all are held: 46.7 and 141 billion (Jiang et al., 2024).
    { pattern: "8x7b", billions: 46.7 },
    { pattern: "8x22b", billions: 141 },
    { pattern: "(\\d+(?:\\.\\d+)?)\\s*b(?:[-_.]|$)", billions: { capture: true, factor: 1 } },
    { pattern: "(\\d+(?:\\.\\d+)?)\\s*m(?:[-_.]|$)", billions: { capture: true, factor: 0.001 } },
    { pattern: "(^|[-_/])(tiny|nano)([-_]|$)", billions: 0.02 },
    { pattern: "(^|[-_/])(mini|small)([-_]|$)", billions: 0.06 },
    { pattern: "(^|[-_/])(base|medium)([-_]|$)", billions: 0.11 },
    { pattern: "(^|[-_/])(xl|xlarge|huge)([-_]|$)", billions: 1.5 },
    { pattern: "(^|[-_/])large([-_]|$)", billions: 0.34 }
  ],
  browsers: [
    { patterns: ["webnn"], browsers: { edge: 1, chrome: 0.7 } },
    { patterns: ["audio"], browsers: { firefox: 1, chrome: 0.7 } },
    { patterns: ["webgpu"], browsers: { chrome: 1, edge: 0.9, firefox: 0.6 } }
  ]
}
