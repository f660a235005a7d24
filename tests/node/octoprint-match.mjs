// Compares an answer with what a vector expects; the operators are described in tests/vectors/README.md.

const show = (value) => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
};

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const fits = (expected, actual) => match(expected, actual).length === 0;

/** Gives every expected item an own item of the actual ones, whatever the order. */
function assign(expected, actual, free = actual.map((_, index) => index)) {
  if (expected.length === 0) return true;
  const [first, ...rest] = expected;
  return free.some(
    (index) =>
      fits(first, actual[index]) &&
      assign(
        rest,
        actual,
        free.filter((other) => other !== index),
      ),
  );
}

const pluginKey = /^PLUGIN_/;

const operators = {
  $is(expected, actual, where) {
    if (!isObject(expected)) return match(expected, actual, where);
    if (!isObject(actual)) return [`${where}: an object expected, not ${show(actual)}`];
    const extra = Object.keys(actual).filter((key) => !(key in expected));
    return [
      ...match(expected, actual, where),
      ...(extra.length > 0 ? [`${where}: not expected: ${extra.join(', ')}`] : []),
    ];
  },
  $set(expected, actual, where) {
    if (Array.isArray(actual) && actual.length === expected.length && assign(expected, actual)) return [];
    return [`${where}: exactly ${show(expected)} expected in any order, not ${show(actual)}`];
  },
  $has(expected, actual, where) {
    if (Array.isArray(actual) && assign(expected, actual)) return [];
    return [`${where}: ${show(expected)} expected among ${show(actual)}`];
  },
  $starts(expected, actual, where) {
    if (!Array.isArray(actual)) return [`${where}: a list expected, not ${show(actual)}`];
    return match(expected, actual.slice(0, expected.length), where);
  },
  $core(expected, actual, where) {
    if (!Array.isArray(actual)) return [`${where}: a list expected, not ${show(actual)}`];
    return operators.$set(
      expected,
      actual.filter((key) => !pluginKey.test(key)),
      where,
    );
  },
  $every(expected, actual, where) {
    if (!Array.isArray(actual) || actual.length === 0) return [`${where}: a list expected, not ${show(actual)}`];
    return actual.flatMap((item, index) => match(expected, item, `${where}/${index}`));
  },
  $in(expected, actual, where) {
    return expected.some((one) => fits(one, actual))
      ? []
      : [`${where}: one of ${show(expected)} expected, not ${show(actual)}`];
  },
  $ne(expected, actual, where) {
    return fits(expected, actual) ? [`${where}: anything but ${show(expected)} expected`] : [];
  },
  $match(expected, actual, where) {
    return typeof actual === 'string' && new RegExp(expected).test(actual)
      ? []
      : [`${where}: /${expected}/ expected, not ${show(actual)}`];
  },
  $after(expected, actual, where) {
    return Date.parse(actual) > Date.parse(expected)
      ? []
      : [`${where}: a time after ${expected} expected, not ${show(actual)}`];
  },
  $absent(_, actual, where) {
    return actual === undefined ? [] : [`${where}: must not be there, but is ${show(actual)}`];
  },
};

/**
 * Objects are compared by the keys that are expected, lists item by item.
 * @returns {string[]} what differs
 */
export function match(expected, actual, where = '') {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return [`${where}: ${show(expected)} expected, not ${show(actual)}`];
    return expected.flatMap((item, index) => match(item, actual[index], `${where}/${index}`));
  }
  if (!isObject(expected))
    return expected === actual ? [] : [`${where}: ${show(expected)} expected, not ${show(actual)}`];
  const keys = Object.keys(expected);
  if (keys.some((key) => key.startsWith('$'))) {
    return keys.flatMap((key) => {
      if (!Object.hasOwn(operators, key)) throw new Error(`${where}: no such operator: ${key}`);
      return operators[key](expected[key], actual, where);
    });
  }
  if (!isObject(actual)) return [`${where}: an object expected, not ${show(actual)}`];
  return keys.flatMap((key) =>
    match(expected[key], Object.hasOwn(actual, key) ? actual[key] : undefined, `${where}/${key}`),
  );
}
