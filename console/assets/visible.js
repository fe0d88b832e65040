// Text from a peer, made visible: what does not show, or would reorder or hide
// its surroundings, is written as an escape. The value itself stays exact.

import { make } from './element.js';

// Controls, invisible and bidirectional formatting characters, and halves of
// surrogate pairs.
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u{e0000}-\u{e007f}]/u;

const short = { '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' };

// pieces cuts text into runs: {text, escaped}.
export function pieces(text) {
  const runs = [];
  for (const character of text) {
    const escaped = hidden.test(character);
    const last = runs.at(-1);
    const shown = escaped ? escape(character) : character;
    if (last && last.escaped === escaped) last.text += shown;
    else runs.push({ text: shown, escaped });
  }
  return runs;
}

// escape writes \n, \x1b, \u202e or \U000e0041: as the library's logs and the
// command line do (Go's strconv.QuoteToGraphic), whatever the fonts can show.
function escape(character) {
  const point = character.codePointAt(0);
  const hex = (digits) => point.toString(16).padStart(digits, '0');
  if (character in short) return short[character];
  if (point < 0x80) return `\\x${hex(2)}`;
  return point < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

// visibleText is the text with its escapes, as a string.
export function visibleText(text) {
  return pieces(text).map((run) => run.text).join('');
}

// visible is the text as nodes; escapes stand out, so that a backslash that the
// peer wrote is not taken for one.
export function visible(text) {
  const nodes = document.createDocumentFragment();
  for (const run of pieces(text)) {
    nodes.append(run.escaped ? make('span', { class: 'escape' }, run.text) : run.text);
  }
  return nodes;
}
