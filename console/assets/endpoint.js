// One connection of this page, and the facts that the browser tells about it.

export const stateNames = ['connecting', 'open', 'closing', 'closed'];

// An Endpoint opens a connection. Its listener's functions are called with it:
// opened(endpoint), received(endpoint, data), failed(endpoint),
// closed(endpoint, view). The constructor throws what new WebSocket throws.
export class Endpoint {
  constructor(address, subprotocols, listener) {
    this.id = randomId();
    this.url = withId(address, this.id);
    this.failed = false; // whether an error event came
    this.startedAt = performance.now();
    this.closeCalledAt = null;
    this.socket = new WebSocket(this.url, subprotocols);
    this.socket.binaryType = 'arraybuffer';
    this.listen(listener);
  }

  listen(listener) {
    this.socket.onopen = () => listener.opened(this);
    this.socket.onmessage = (event) => listener.received(this, event.data);
    this.socket.onerror = () => {
      this.failed = true;
      listener.failed(this);
    };
    this.socket.onclose = (event) => listener.closed(this, this.view(event));
  }

  get readyState() {
    return this.socket.readyState;
  }

  send(data) {
    this.socket.send(data);
  }

  // close gives the browser exactly the arguments that were filled in, and
  // throws what it throws.
  close(code, reason) {
    const given = reason !== '' ? [code, reason] : code !== undefined ? [code] : [];
    this.socket.close(...given);
    this.closeCalledAt ??= performance.now();
  }

  // view is the browser's account of the end. The members behind the first
  // three are not in its CloseEvent; they are what can be seen around it.
  view(event) {
    const now = performance.now();
    return {
      code: event.code,
      reason: event.reason,
      wasClean: event.wasClean,
      error: this.failed,
      readyState: this.socket.readyState,
      elapsed: Math.round(now - this.startedAt), // milliseconds
      sinceClose: this.closeCalledAt === null ? null : Math.round(now - this.closeCalledAt),
      bufferedAmount: this.socket.bufferedAmount,
      subprotocol: this.socket.protocol,
      extensions: this.socket.extensions,
      url: this.url,
    };
  }
}

// withId is the address, resolved like the browser does, with the id in its
// query. One that is no URL stays as it is: new WebSocket shall refuse it.
function withId(address, id) {
  if (!URL.canParse(address, location.href)) return address;
  const url = new URL(address, location.href);
  url.searchParams.set('id', id);
  return url.href;
}

// idOf is the id in an address, or ''.
export function idOf(address) {
  try {
    return new URL(address, location.href).searchParams.get('id') ?? '';
  } catch {
    return '';
  }
}

// randomId does without crypto.randomUUID, which only a secure context has.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
