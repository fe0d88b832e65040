// What close() and the server accept, known before they are asked.

export const reasonLimitBytes = 123; // a control frame's 125, less the code

const encoder = new TextEncoder();

// reasonBytes is the length on the wire. A lone surrogate counts as the U+FFFD
// that the browser makes of it.
export function reasonBytes(reason) {
  return encoder.encode(reason).length;
}

// codeArgument is what the field's text is for close(): undefined when empty,
// else a number (NaN when it is none).
export function codeArgument(text) {
  return text.trim() === '' ? undefined : Number(text);
}

// clamp is the conversion [Clamp] unsigned short (Web IDL): what close() makes
// of its first argument.
export function clamp(number) {
  if (Number.isNaN(number)) return 0;
  const bounded = Math.min(Math.max(number, 0), 65535);
  const tie = bounded % 1 === 0.5;
  return tie ? 2 * Math.round(bounded / 2) : Math.round(bounded);
}

// closeException is the name of the DOMException that close(code, reason)
// throws, or ''. The code is checked first (WHATWG WebSockets, close()).
export function closeException(code, reason) {
  if (code !== undefined && !pageMaySend(clamp(code))) return 'InvalidAccessError';
  if (reasonBytes(reason) > reasonLimitBytes) return 'SyntaxError';
  return '';
}

export function pageMaySend(code) {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

// serverMaySend is what a Close frame may carry (RFC 6455, section 7.4).
export function serverMaySend(code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// isDuration accepts a Go duration that is not negative: 500ms, 1m30s, 0.
export function isDuration(text) {
  return /^\+?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/.test(text);
}
