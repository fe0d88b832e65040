// Runs jobs against one WebSocket constructor, the same way in a page and in
// every runtime. No imports: a browser gets this file's text.
//
// A job: {url, protocols, offer, send, close, unread, flood, tally, wait}
//   offer  parameters of permessage-deflate, for a client that lets one choose
//   send   messages in order: a string is text, {hex} is binary
//   close  [code, reason] to call close() with once every message sent has
//          been answered (or at open, if none is), [] for close(), null for never
//   unread bytes of one more message at open, which nobody answers
//   flood  bytes of messages to send without end while the connection is open
//   tally  whether to count messages instead of keeping them
//   wait   milliseconds after which a job without a close event is given up
// Its result: {url, events, code, reason, wasClean, messages, bytes, buffered, protocol, extensions, closedAfter}
//   events       the events in order: open, message, error, close
//   code         null when no close event came in time
//   bytes        of the binary messages, with tally; their events are not listed
//   buffered     bufferedAmount at the close event: bytes that were never sent
//   closedAfter  milliseconds from open (or the call of close()) to the close event

const toHex = (buffer) =>
  Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (h) => parseInt(h, 16));

// flood keeps up to four messages of a size buffered while the socket is open.
// It sends no more than that in a turn: while the kernel takes everything at
// once, nothing is ever buffered, and a socket is read between two turns only.
function flood(socket, size) {
  const message = new Uint8Array(size);
  const send = () => {
    if (socket.readyState !== socket.OPEN) return;
    for (let n = 0; n < 4 && socket.bufferedAmount < 4 * size; n++) socket.send(message);
    setTimeout(send, 0);
  };
  send();
}

function runJob(WebSocket, job) {
  const result = {
    url: job.url, events: [], code: null, reason: null, wasClean: null,
    messages: [], bytes: 0, buffered: 0, protocol: "", extensions: "", closedAfter: null,
  };
  return new Promise((resolve) => {
    let since = performance.now();
    const send = job.send ?? [];
    const socket = new WebSocket(job.url, job.protocols ?? [], job.offer);
    socket.binaryType = "arraybuffer";
    const giveUp = setTimeout(() => resolve(result), job.wait ?? 20000);
    const closeIfAnswered = () => {
      if (!job.close || result.messages.length !== send.length) return;
      since = performance.now();
      socket.close(...job.close);
    };
    socket.onopen = () => {
      result.events.push("open");
      result.protocol = socket.protocol;
      result.extensions = socket.extensions;
      since = performance.now();
      for (const m of send) socket.send(typeof m === "string" ? m : fromHex(m.hex));
      if (job.unread) socket.send(new Uint8Array(job.unread));
      if (job.flood) flood(socket, job.flood);
      if (send.length === 0) closeIfAnswered();
    };
    socket.onmessage = (event) => {
      if (job.tally) {
        result.bytes += event.data.byteLength;
        return;
      }
      result.events.push("message");
      result.messages.push(typeof event.data === "string" ? event.data : { hex: toHex(event.data) });
      closeIfAnswered();
    };
    socket.onerror = () => result.events.push("error");
    socket.onclose = (event) => {
      result.events.push("close");
      result.code = event.code;
      result.reason = event.reason;
      result.wasClean = event.wasClean;
      result.buffered = socket.bufferedAmount;
      result.closedAfter = Math.round(performance.now() - since);
      clearTimeout(giveUp);
      // A turn later, so that a second close event would be seen.
      setTimeout(() => resolve(result), 0);
    };
  });
}

// runJobs runs the jobs, at most limit at a time, and gives each result to
// emit, whose promise it awaits.
export async function runJobs(WebSocket, jobs, limit, emit) {
  let next = 0;
  const worker = async () => {
    while (next < jobs.length) await emit(await runJob(WebSocket, jobs[next++]));
  };
  await Promise.all(Array.from({ length: Math.min(limit, jobs.length) }, worker));
}
