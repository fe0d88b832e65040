// Tests of the modules that need no page. Run by TestModules, beside them.

import assert from 'node:assert/strict';
import test from 'node:test';

import { compare, verdict } from './compare.js';
import { idOf } from './endpoint.js';
import { Records } from './records.js';
import { scriptOf } from './script.js';
import { clamp, closeException, codeArgument, isDuration, reasonBytes, serverMaySend } from './validity.js';
import { pieces, visibleText } from './visible.js';

globalThis.location = { href: 'http://localhost:8080/' };

test('what does not show becomes an escape', () => {
  assert.equal(visibleText('\x1b[31m\n\r\t\0\x7f\x07'), '\\x1b[31m\\n\\r\\t\\x00\\x7f\\a');
  assert.equal(visibleText('a\u202eb\u200b\u2028\u0085\ufeff'), 'a\\u202eb\\u200b\\u2028\\u0085\\ufeff');
  assert.equal(visibleText('\ud800'), '\\ud800');
  assert.equal(visibleText('\u{e0041}'), '\\U000e0041');
  assert.equal(visibleText('àé 漢字 😀 <b>&amp;</b>'), 'àé 漢字 😀 <b>&amp;</b>');
  assert.equal(visibleText(''), '');
});

test('an escape is told from a backslash that the peer wrote', () => {
  assert.deepEqual(pieces('a\\n\n\n'), [{ text: 'a\\n', escaped: false }, { text: '\\n\\n', escaped: true }]);
});

test('close() checks the code first, then the bytes of the reason', () => {
  const long = 'é'.repeat(62); // 124 bytes
  assert.equal(closeException(undefined, ''), '');
  for (const code of [1000, 3000, 4999]) assert.equal(closeException(code, ''), '');
  for (const code of [NaN, -1, 0, 999, 1001, 1005, 2999, 5000, 65536, Infinity]) {
    assert.equal(closeException(code, long), 'InvalidAccessError', String(code));
  }
  assert.equal(closeException(1000, long), 'SyntaxError');
  assert.equal(closeException(undefined, long), 'SyntaxError');
  assert.equal(closeException(1000, 'a'.repeat(123)), '');
});

test('the code field is read like [Clamp] unsigned short', () => {
  assert.equal(codeArgument('  '), undefined);
  assert.equal(codeArgument('0x3e8'), 1000);
  for (const [given, want] of [[NaN, 0], [-5, 0], [66536, 65535], [1000.4, 1000], [1000.5, 1000], [1001.5, 1002], [999.6, 1000]]) {
    assert.equal(clamp(given), want);
  }
});

test('a reason is counted in bytes of UTF-8', () => {
  assert.equal(reasonBytes('aé€😀'), 1 + 2 + 3 + 4);
  assert.equal(reasonBytes('\ud800'), 3);
});

test('a server may send what RFC 6455, section 7.4, lets it', () => {
  for (const code of [1000, 1003, 1007, 1014, 3000, 4999]) assert.ok(serverMaySend(code), String(code));
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000]) assert.ok(!serverMaySend(code), String(code));
});

test('a duration is one of Go', () => {
  for (const text of ['0', '1s', '1.5h', '.5s', '1m30s', '100µs']) assert.ok(isDuration(text), text);
  for (const text of ['', '1', '-1s', 's', '1s ', '1 s', '1d', '1s2']) assert.ok(!isDuration(text), text);
});

const view = (code, reason, wasClean, more = {}) => ({ code, reason, wasClean, ...more });

test('the verdict compares code, reason and wasClean', () => {
  const cases = [
    [null, null, 'verdict.open'],
    [view(1000, '', true), null, 'verdict.browserOnly'],
    [null, view(1000, '', true), 'verdict.serverOnly'],
    [view(4001, 'bye', true), view(4001, 'bye', true), 'verdict.agree'],
    [view(4001, 'bye', false), view(4001, 'bye', true), 'verdict.wasClean'],
    [view(1006, '', false), view(1002, '', true, { received: { code: 1002 }, sent: { code: 1002 } }), 'verdict.browserFailed'],
    [view(1006, '', false), view(4001, '', false, { received: { code: 4001 }, sent: null }), 'verdict.browserLost'], // it was never answered
    [view(1006, '', false), view(1006, 'x', false, { received: null }), 'verdict.browserLost'],
    [view(1000, '', true), view(1006, '', false, { received: null }), 'verdict.serverLost'],
    [view(4001, '', true), view(4002, '', true), 'verdict.crossed'],
  ];
  for (const [browser, server, want] of cases) assert.equal(verdict({ browser, server }), want);
  assert.equal(compare(null, null), null);
  assert.deepEqual(compare(view(1, 'a', true), view(1, 'b', true)).same, { code: true, reason: false, wasClean: true });
});

test('the two views are matched by the id in the address', () => {
  const records = new Records();
  const changed = [];
  records.changed = (record) => changed.push(record);
  const own = records.open('abc', 'ws://localhost:8080/echo?id=abc');
  const event = { url: 'ws://127.0.0.1:8080/echo?x=1&id=abc', closedAt: '2026-01-02T03:04:05Z' };
  records.fromServer(event, 'E-1');
  records.fromBrowser('abc', view(1000, '', true));
  assert.equal(own.server, event);
  assert.equal(own.browser.code, 1000);
  assert.deepEqual(changed, [own, own]);

  records.fromServer(event, 'E-2'); // somebody took our id: not our connection
  assert.equal(records.all.get('E-2').server, event);
  records.fromServer({ url: '', closedAt: '2026-01-02T03:04:05Z' }, 'E-3');
  assert.equal(records.all.size, 3);
  records.fromBrowser('unknown', view(1000, '', true));
  assert.equal(records.all.size, 3);
});

test('records are bounded, the oldest goes', () => {
  const records = new Records();
  const dropped = [];
  records.dropped = (record) => dropped.push(record.key);
  for (let i = 0; i < 202; i++) records.open(`k${i}`, '');
  assert.equal(records.all.size, 200);
  assert.deepEqual(dropped, ['k0', 'k1']);
});

test('an open connection of the page outlives a flood of others', () => {
  const records = new Records();
  records.open('mine', '');
  for (let i = 0; i < 500; i++) records.fromServer({ url: `ws://h/?id=${i}`, closedAt: 0 }, `f${i}`);
  assert.ok(records.all.has('mine'));
  assert.equal(records.all.size, 200);
});

test('an address has an id or none', () => {
  assert.equal(idOf('ws://h/p?id=7'), '7');
  assert.equal(idOf('/p?id=8'), '8');
  assert.equal(idOf('ws://h/p'), '');
  assert.equal(idOf('http://['), '');
});

test('the fields as a script', () => {
  const closing = (code, reason) => /ws\.close\((.*)\)/.exec(scriptOf({ url: 'ws://h/', message: '', code, reason }))[1];
  assert.equal(closing('', ''), '');
  assert.equal(closing('4001', ''), '4001');
  assert.equal(closing('4001', 'a "b"'), '4001, "a \\"b\\""');
  assert.equal(closing('', 'why'), 'undefined, "why"');
  assert.match(scriptOf({ url: 'ws://h/"', message: 'à\n', code: '', reason: '' }), /WebSocket\("ws:\/\/h\/\\""\);[^]*send\("à\\n"\)/);
});
