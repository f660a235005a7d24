// Who may import whom in the Rust core. One crate gives no compiler walls between its layers.

import { blank, lineOf, matching } from './tree.mjs';

/** Layer → layers it may use. `model` carries the error type, which the store shares; `json` is text and nothing of ours. */
const mayUse = {
  json: [],
  model: [],
  rules: ['model'],
  store: ['model', 'json'],
  service: ['model', 'rules', 'store', 'json'],
  // Of the rules only plain types: a catalogue, an actor, rights.
  faces: ['model', 'rules', 'service', 'json'],
  wasm: ['json', 'model', 'rules', 'store', 'service', 'faces'],
};

const javaScript = /\b(?:js_sys|wasm_bindgen\w*|web_sys)\b/g;
const clock = /\bstd::time\b|\b(?:SystemTime|Instant)::/g;
const chance = /\b(?:rand|getrandom|fastrand)::|\bthread_rng\b/g;
const world = /\bstd::(?:fs|net|io|env|process|thread)\b|\btokio::/g;
const waiting = /\basync\b|\.await\b/g;
const wire = /\b(?:serde\w*|serde_json)\b/g;

/** Layer → what its sources never name. */
const neverSees = {
  json: [javaScript, clock, chance, world, waiting],
  model: [javaScript, clock, chance, world, waiting, wire],
  rules: [javaScript, clock, chance, world, waiting, wire],
  store: [javaScript, clock, chance, world],
  service: [javaScript, clock, chance, world, /\bhttp::/g],
  faces: [javaScript, clock, chance, world],
  wasm: [],
};

/** Code without comments and texts: neither imports anything. */
function code(text) {
  const comments = blank(blank(text, /\/\/[^\n]*/g), /\/\*[\s\S]*?\*\//g);
  return blank(comments, /"(?:\\.|[^"\\])*"/g);
}

/** Code without its test modules, which may use what they like of the layers below. */
const withoutTests = (text) => blank(text, /#\[cfg\(test\)\]\s*(?:#\[[^\n]*\]\s*)*mod \w+ \{[\s\S]*?^\}/gm);

/** `crate::a::b`, `crate::{a::b, c}` and `super::` chains that climb to the root: the first names after the root, and where. */
function* edges(path, text) {
  for (const found of text.matchAll(/\bcrate::(?:(\w+)|\{)/g)) {
    if (found[1] !== undefined) yield [found[1], found.index];
    else for (const name of groupNames(text, found.index + found[0].length)) yield [name, found.index];
  }
  const inside = path.replace(/^src\//, '').replace(/(?:\/mod)?\.rs$/, '');
  const depth = inside.split('/').length;
  for (const found of text.matchAll(/\b((?:super::)+)(\w+)/g)) {
    if (found[1].length / 'super::'.length >= depth) yield [found[2], found.index];
  }
}

/** The first name of every item of a `{…}` group that begins at `from`. */
function groupNames(text, from) {
  const names = [];
  let depth = 1;
  let fresh = true;
  for (const [token] of text.slice(from).matchAll(/\w+|[{},]/g)) {
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    else if (token === ',') fresh = depth === 1 || fresh;
    else if (fresh && depth === 1) {
      names.push(token);
      fresh = false;
    }
    if (depth === 0) break;
  }
  return names;
}

const layerOf = (path) => /^src\/(\w+)(?:\/|\.rs$)/.exec(path)?.[1];

/** A face is a folder; the files beside the folders are for all of them. */
const isFace = (tree, name) => !tree.has(`src/faces/${name}.rs`);

/** Imports between layers. */
export function rustEdges(tree) {
  const problems = [];
  for (const [path, text] of matching(tree, /^src\/.*\.rs$/)) {
    const layer = layerOf(path);
    if (layer === 'lib') continue;
    if (!(layer in mayUse)) {
      problems.push(`${path}: the layer \`${layer}\` is not in the import table`);
      continue;
    }
    const source = code(text);
    for (const [to, at] of edges(path, source)) {
      if (to in mayUse && to !== layer && !mayUse[layer].includes(to)) {
        problems.push(`${path}:${lineOf(text, at)}: ${layer} must not use ${to}`);
      }
    }
    const face = /^src\/faces\/(\w+)[/.]/.exec(path)?.[1];
    if (face !== undefined && face !== 'mod') {
      for (const found of source.matchAll(/\bcrate::faces::(\w+)/g)) {
        if (found[1] !== face && isFace(tree, found[1]))
          problems.push(`${path}:${lineOf(text, found.index)}: a face must not use another one`);
      }
    }
    if (layer === 'service') {
      for (const found of withoutTests(source).matchAll(
        /\bstore::(?:memory\b|MemoryStore\b|\{[^}]*\b(?:memory|MemoryStore)\b)/g,
      )) {
        problems.push(`${path}:${lineOf(text, found.index)}: the service knows no adapter outside its tests`);
      }
    }
  }
  return problems;
}

/** What a layer must never see: a clock, chance, the world outside, JavaScript, wire formats. */
export function rustWorlds(tree) {
  const problems = [];
  for (const [path, text] of matching(tree, /^src\/.*\.rs$/)) {
    const source = withoutTests(code(text));
    for (const pattern of neverSees[layerOf(path)] ?? []) {
      for (const found of source.matchAll(pattern)) {
        problems.push(`${path}:${lineOf(text, found.index)}: ${layerOf(path)} must not see \`${found[0]}\``);
      }
    }
  }
  return problems;
}
