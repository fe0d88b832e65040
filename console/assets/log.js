// The log: what happened, newest last, the oldest rows dropped.

import { byId, make } from './element.js';
import { say } from './i18n.js';
import { visible } from './visible.js';

const limitRows = 500;
const limitPeerText = 400; // characters of a message that are shown

const marks = { sent: '→', received: '←', error: '!', closed: '×', opened: '○', note: '·', exception: '!' };

// log adds a row: its kind (see marks), the string to say, the values in it,
// and, if there is one, a text that somebody else wrote.
export function log(kind, key, values = {}, peerText = null) {
  const rows = byId('log');
  const followed = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 4;
  const row = make('div', { class: `entry ${kind}`, 'data-kind': kind },
    make('time', {}, clock(new Date())),
    make('span', { class: 'mark', 'aria-hidden': 'true' }, marks[kind]),
    body(key, values, peerText));
  rows.append(row);
  if (rows.childElementCount > limitRows) rows.firstElementChild.remove();
  if (followed) rows.scrollTop = rows.scrollHeight;
}

function body(key, values, peerText) {
  const whole = make('span', { class: 'what' }, say(make('span'), key, values));
  if (peerText !== null) whole.append(' ', make('q', { class: 'peer', translate: 'no' }, visible(shortened(peerText))));
  return whole;
}

function shortened(text) {
  return text.length > limitPeerText ? `${text.slice(0, limitPeerText)}…` : text;
}

export function clearLog() {
  byId('log').replaceChildren();
}

// clock is the time of day, the same in every language.
export function clock(date) {
  const two = (number) => String(number).padStart(2, '0');
  const thousandths = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${thousandths}`;
}
