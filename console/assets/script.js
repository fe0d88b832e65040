// The page's fields as a script for everything that has the web's WebSocket.

import { codeArgument } from './validity.js';

// scriptOf is its text. It connects, sends the message, closes when the echo has
// come, and logs the events in their order.
export function scriptOf({ url, message, code, reason }) {
  const text = JSON.stringify;
  const argument = codeArgument(code);
  const close = [argument ?? (reason === '' ? '' : 'undefined'), reason === '' ? '' : text(reason)].filter((part) => part !== '');
  return [
    `const ws = new WebSocket(${text(url)});`,
    `ws.onopen = () => { console.log("open"); ws.send(${text(message || 'hello')}); };`,
    `ws.onmessage = (e) => { console.log("message " + e.data); ws.close(${close.join(', ')}); };`,
    'ws.onerror = () => console.log("error");',
    'ws.onclose = (e) => console.log(`close ${e.code} ${JSON.stringify(e.reason)} ${e.wasClean}`);',
    '',
  ].join('\n');
}
