// The page: its fields, its newest connection, and the server's feed, wired
// together. At most one connection is open at a time.

import { advise, closeArguments } from './advice.js';
import { loadCodes } from './codes.js';
import { byId } from './element.js';
import { Endpoint, stateNames } from './endpoint.js';
import { follow } from './events.js';
import { firstLanguage, loadStrings, say, speak, toggleLanguage } from './i18n.js';
import { clearLog, log } from './log.js';
import { Records } from './records.js';
import { scriptOf } from './script.js';
import { drop, put } from './table.js';
import { show } from './views.js';

const limitMessage = 1 << 20; // bytes, the library's default
const tooBig = 4009; // what a page may send in place of 1009

const records = new Records();
let current = null; // the newest endpoint
let shown = null; // its record

// connection

function connect(address) {
  leave();
  const subprotocols = byId('subprotocols').value.split(/[\s,]+/).filter(Boolean);
  attempt('new WebSocket', () => {
    current = new Endpoint(address, subprotocols, listener);
    shown = records.open(current.id, current.url);
    log('note', 'log.connecting', {}, current.url);
  });
  show(shown);
  showState();
}

// leave closes what is open: its end is still told in the table.
function leave() {
  if (!current || current.readyState >= WebSocket.CLOSING) return;
  current.close(undefined, '');
  log('note', 'log.left');
}

// attempt runs what may throw, and tells the exception rather than hide it.
function attempt(what, action) {
  try {
    action();
  } catch (exception) {
    log('exception', 'log.exception', { what, name: exception.name }, exception.message);
  }
}

const listener = {
  opened(endpoint) {
    const { protocol } = endpoint.socket;
    log('opened', protocol ? 'log.openedWith' : 'log.opened', {}, protocol || null);
    showState();
  },

  received(endpoint, data) {
    const bytes = typeof data === 'string' ? data.length : data.byteLength;
    tellMessage('received', data, bytes);
    if (bytes > limitMessage && endpoint.readyState === WebSocket.OPEN) {
      endpoint.close(tooBig, 'message too big');
      log('note', 'log.tooBig', { limit: limitMessage, code: String(tooBig) });
    }
    showState();
  },

  failed() {
    log('error', 'log.error');
    showState();
  },

  closed(endpoint, view) {
    log('closed', view.wasClean ? 'log.closedClean' : 'log.closedNotClean', { code: String(view.code) }, view.reason || null);
    records.fromBrowser(endpoint.id, view);
    showState();
  },
};

function showState() {
  const place = byId('state');
  const state = current ? current.readyState : '';
  place.dataset.readyState = state;
  say(place.firstElementChild, current ? `state.${stateNames[state]}` : 'state.none');
  for (const id of ['send', 'bytes', 'choose', 'close']) byId(id).disabled = !current;
}

// messages

function send(data, bytes) {
  if (!current) return;
  attempt('send', () => {
    current.send(data);
    if (current.readyState === WebSocket.OPEN) tellMessage('sent', data, bytes);
    else log('note', 'log.notSent');
  });
}

// tellMessage logs a message: a text as it is, bytes as the first of them.
function tellMessage(direction, data, bytes) {
  if (typeof data === 'string') log(direction, `log.${direction}Text`, {}, data);
  else log(direction, `log.${direction}Binary`, { bytes }, data instanceof ArrayBuffer ? hex(data) : data.name);
}

function hex(buffer) {
  const first = new Uint8Array(buffer, 0, Math.min(buffer.byteLength, 32));
  const digits = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return buffer.byteLength > first.length ? `${digits} …` : digits;
}

function sendFile() {
  const [file] = byId('file').files;
  if (file) send(file, file.size);
  byId('file').value = ''; // so that the same file can be chosen again
}

function sendSample() {
  const sample = Uint8Array.of(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, 0x0a).buffer;
  send(sample, sample.byteLength);
}

// closing

function close() {
  if (!current) return;
  const { code, reason } = closeArguments();
  const wasOpen = current.readyState < WebSocket.CLOSING;
  attempt('close', () => {
    current.close(code, reason);
    if (wasOpen) log('sent', code === undefined ? 'log.closeEmpty' : 'log.close', { code: String(code) }, reason || null);
    else log('note', 'log.closeAgain');
  });
  showState();
}

// ask opens a connection that the server ends the way that is asked for.
function ask() {
  const url = new URL('close', pageAddress());
  const wanted = { how: byId('how').value, code: byId('code').value, reason: byId('reason').value, after: byId('after').value };
  for (const [name, value] of Object.entries(wanted)) {
    const given = name === 'reason' ? value : value.trim();
    if (given !== '') url.searchParams.set(name, given);
  }
  connect(url.href);
}

// pageAddress is where the page is, as a WebSocket address.
function pageAddress() {
  const url = new URL('.', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

// script

function showScript() {
  const field = (id) => byId(id).value;
  byId('script').textContent = scriptOf({ url: field('url'), message: field('message'), code: field('code'), reason: field('reason') });
}

// start

function onSubmit(form, action) {
  byId(form).addEventListener('submit', (event) => {
    event.preventDefault();
    action();
  });
}

function listenToFields() {
  onSubmit('connection', () => connect(byId('url').value));
  onSubmit('sending', () => send(byId('message').value));
  onSubmit('closing', close);
  onSubmit('asking', ask);
  byId('bytes').addEventListener('click', sendSample);
  byId('choose').addEventListener('click', () => byId('file').click());
  byId('file').addEventListener('change', sendFile);
  byId('clear').addEventListener('click', clearLog);
  byId('lang').addEventListener('click', toggleLanguage);
  for (const id of ['url', 'message', 'code', 'reason']) byId(id).addEventListener('input', showScript);
}

function listenToRecords() {
  records.dropped = drop;
  records.changed = (record) => {
    put(record);
    if (record === shown) show(record);
  };
}

function listenToFeed() {
  follow({
    event: (event, id) => records.fromServer(event, id),
    missed: (count) => log('note', 'log.missed', { count }),
    state(name) {
      byId('feed').dataset.state = name;
      say(byId('feed').firstElementChild, `feed.${name}`);
    },
  });
}

async function start() {
  await Promise.all([loadStrings(), loadCodes()]);
  byId('url').value = new URL('echo', pageAddress()).href;
  speak(firstLanguage());
  show(null);
  advise();
  showScript();
  listenToFields();
  listenToRecords();
  listenToFeed();
}

start();
