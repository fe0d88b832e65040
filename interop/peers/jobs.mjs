// Runs jobs against one WebSocket constructor, the same way in a page and in
// every runtime. No imports: a browser gets this file's text.
//
// A job: {url, protocols, send, close, wait}
//   send   messages in order: a string is text, {hex} is binary
//   close  [code, reason] to call close() with once every message sent has
//          been answered (or at open, if none is), [] for close(), null for never
//   wait   milliseconds after which a job without a close event is given up
// Its result: {url, events, code, reason, wasClean, messages, protocol, closedAfter}
//   events       the events in order: open, message, error, close
//   code         null when no close event came in time
//   closedAfter  milliseconds from open (or the call of close()) to the close event

const toHex = (buffer) =>
  Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (h) => parseInt(h, 16));

function runJob(WebSocket, job) {
  const result = {
    url: job.url, events: [], code: null, reason: null, wasClean: null,
    messages: [], protocol: "", closedAfter: null,
  };
  return new Promise((resolve) => {
    let since = performance.now();
    const send = job.send ?? [];
    const socket = new WebSocket(job.url, job.protocols ?? []);
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
      since = performance.now();
      for (const m of send) socket.send(typeof m === "string" ? m : fromHex(m.hex));
      if (send.length === 0) closeIfAnswered();
    };
    socket.onmessage = (event) => {
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
