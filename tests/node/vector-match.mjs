// The pattern language of the conformance vectors (tests/vectors/README.md): variables, placeholders, operators.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value with every `${name}` replaced. A string that is one variable and nothing else becomes its value, whatever
 * type that has.
 */
export function fill(value, variables) {
  const get = (name) => {
    if (!Object.hasOwn(variables, name)) throw new Error(`the vector uses \${${name}}, which nothing has set`);
    return variables[name];
  };
  if (typeof value === 'string') {
    const whole = /^\$\{([^{}]+)\}$/.exec(value);
    if (whole !== null) return fill(get(whole[1]), variables);
    return value.replace(/\$\{([^{}]+)\}/g, (_, name) => String(fill(get(name), variables)));
  }
  if (Array.isArray(value)) return value.map((part) => fill(part, variables));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part, variables)]));
}

const seconds = () => Date.now() / 1000;

/** What may stand between `<` and `>` in place of a value; several are joined by `|`. */
const placeholders = {
  any: () => true,
  null: (value) => value === null,
  string: (value) => typeof value === 'string',
  text: (value) => typeof value === 'string' && value !== '',
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  object: isObject,
  array: Array.isArray,
  digits: (value) => typeof value === 'string' && /^\d+$/.test(value),
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  token: (value) => typeof value === 'string' && /^[\w.+,\-/=]{16,}$/.test(value),
  jwt: (value) => typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value),
  datetime: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/.test(value),
  now: (value) => Number.isSafeInteger(value) && Math.abs(value - seconds()) <= 10,
};

function allKeys(value) {
  if (Array.isArray(value)) return value.flatMap(allKeys);
  return isObject(value) ? Object.entries(value).flatMap(([key, part]) => [key, ...allKeys(part)]) : [];
}

/** Operator → what is wrong with the value, or undefined. */
const operators = {
  equals: (value, wanted) => (isDeepStrictEqual(value, wanted) ? undefined : 'is not equal'),
  exactly(value, pattern) {
    if (!isObject(value)) return 'is no object';
    const extra = Object.keys(value).filter((key) => !Object.hasOwn(pattern, key));
    return extra.length > 0 ? `has also ${extra.join(', ')}` : mismatch(pattern, value);
  },
  set(value, patterns) {
    if (!Array.isArray(value)) return 'is no array';
    if (value.length !== patterns.length) return `has ${value.length} elements, wanted ${patterns.length}`;
    const rest = [...value];
    for (const [i, pattern] of patterns.entries()) {
      const at = rest.findIndex((part) => mismatch(pattern, part) === undefined);
      if (at === -1) return `has nothing for element ${i} of the set`;
      rest.splice(at, 1);
    }
    return undefined;
  },
  has(value, patterns) {
    if (!Array.isArray(value)) return 'is no array';
    const i = patterns.findIndex((pattern) => value.every((part) => mismatch(pattern, part) !== undefined));
    return i === -1 ? undefined : `has nothing for element ${i}`;
  },
  each(value, pattern) {
    if (!Array.isArray(value)) return 'is no array';
    return value.map((part, i) => within(i, mismatch(pattern, part))).find((problem) => problem !== undefined);
  },
  length: (value, pattern) =>
    Array.isArray(value) ? within('length', mismatch(pattern, value.length)) : 'is no array',
  atLeast: (value, least) => (typeof value === 'number' && value >= least ? undefined : `is below ${least}`),
  matches: (value, source) =>
    typeof value === 'string' && new RegExp(source).test(value) ? undefined : `does not match ${source}`,
  begins: (value, start) =>
    typeof value === 'string' && value.startsWith(start) ? undefined : `does not begin with ${JSON.stringify(start)}`,
  number(value, wanted) {
    const given = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
    return value !== null && given === Number(wanted) ? undefined : `is not the number ${wanted}`;
  },
  /** Seconds from now, in seconds or digits of seconds. */
  unix: (value, { from = 0, within: range }) =>
    Math.abs(Number(value) - (seconds() + from)) <= range ? undefined : `is not within ${range} s of now + ${from} s`,
  /** Milliseconds from now. */
  ms: (value, { from = 0, within: range }) =>
    Math.abs(value - (Date.now() + from)) <= range ? undefined : `is not within ${range} ms of now + ${from} ms`,
  not: (value, pattern) => (mismatch(pattern, value) === undefined ? 'is what it must not be' : undefined),
  all: (value, patterns) => patterns.map((part) => mismatch(part, value)).find((problem) => problem !== undefined),
  oneOf: (value, patterns) =>
    patterns.some((part) => mismatch(part, value) === undefined) ? undefined : 'is none of the alternatives',
  /** No key, however deep, that matches, in any letter case. */
  noKey(value, source) {
    const found = allKeys(value).find((key) => new RegExp(source, 'i').test(key));
    return found === undefined ? undefined : `has the key ${found}`;
  },
  /** None of these texts, anywhere in it. */
  nowhere(value, texts) {
    const text = JSON.stringify(value) ?? '';
    const found = texts.findIndex((part) => text.includes(part));
    return found === -1 ? undefined : `contains text ${found} of those it must not`;
  },
};

/** All that may stand in angle brackets: placeholders, operators, and what a `let` step makes. */
export const vocabulary = new Set([
  ...Object.keys(placeholders),
  ...Object.keys(operators),
  ...['absent', 'empty', 'totp', 'tampered'],
]);

const within = (place, problem) => (problem === undefined ? undefined : `at ${place}: ${problem}`);

const inside = (text) => /^<([^<>]+)>$/.exec(text)?.[1];

function ofString(pattern, value) {
  const names = inside(pattern)?.split('|');
  if (names === undefined) return value === pattern ? undefined : `is not ${JSON.stringify(pattern)}`;
  for (const name of names) {
    if (name === 'absent') continue;
    if (!Object.hasOwn(placeholders, name)) throw new Error(`the vector uses <${name}>, which is no placeholder`);
    if (value !== undefined && placeholders[name](value)) return undefined;
  }
  if (value === undefined && names.includes('absent')) return undefined;
  return `is not ${pattern}`;
}

function ofObject(pattern, value) {
  const keys = Object.keys(pattern);
  const operator = keys.length === 1 ? inside(keys[0]) : undefined;
  if (operator !== undefined) {
    if (!Object.hasOwn(operators, operator)) throw new Error(`the vector uses <${operator}>, which is no operator`);
    return operators[operator](value, pattern[keys[0]]);
  }
  if (!isObject(value)) return 'is no object';
  return keys
    .map((key) => within(key, mismatch(pattern[key], Object.hasOwn(value, key) ? value[key] : undefined)))
    .find((problem) => problem !== undefined);
}

/** What is wrong with the value, in words; undefined where it fits. */
export function mismatch(pattern, value) {
  if (typeof pattern === 'string') return ofString(pattern, value);
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return 'is no array';
    if (value.length !== pattern.length) return `has ${value.length} elements, wanted ${pattern.length}`;
    return pattern.map((part, i) => within(i, mismatch(part, value[i]))).find((problem) => problem !== undefined);
  }
  if (isObject(pattern)) return ofObject(pattern, value);
  return value === pattern ? undefined : `is not ${JSON.stringify(pattern)}`;
}

/** Fails with both sides where the value does not fit. */
export function check(value, pattern, where) {
  const problem = mismatch(pattern, value);
  if (problem === undefined) return;
  assert.fail(`${where}: ${problem}\n  got    ${JSON.stringify(value)}\n  wanted ${JSON.stringify(pattern)}`);
}

/** A part of a value, by JSON pointer; `""` is the whole. */
export function at(value, pointer) {
  return pointer
    .split('/')
    .slice(1)
    .reduce((part, key) => part?.[key], value);
}
