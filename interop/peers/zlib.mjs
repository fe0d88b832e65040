// zlib as a judge of DEFLATE: one JSON job a line on standard input, one JSON
// result a line on standard output.
//
//   {op: "inflate" | "deflate", windowBits, takeover, messages: [base64]}
//   {messages: [base64]} | {error}
//
// Both are raw DEFLATE, as permessage-deflate has it: messages travel without
// the 00 00 ff ff at their end. zlib is fed and drained in steps of one byte, so
// that it has no text but that of its window: given a large buffer, it accepts
// distances beyond the window. (Only a compressor gets more room: with six bytes
// or less it would flush again and again.) Streams cannot be drained like that,
// hence the use of what lies below them.
import process from "node:process";
import { createInterface } from "node:readline";
import zlib from "node:zlib";

const { Z_SYNC_FLUSH } = zlib.constants;
const tail = Buffer.from([0x00, 0x00, 0xff, 0xff]);

function through(stream, input, room) {
  const output = [];
  const buffer = Buffer.alloc(room);
  let failed = null;
  stream._handle.onerror = (message, errno, code) => (failed = new Error(`${message} (${code})`));
  for (let at = 0; ; ) {
    const given = at < input.length ? 1 : 0;
    // Z_SYNC_FLUSH in the middle would end a block there.
    const flush = at + given < input.length ? zlib.constants.Z_NO_FLUSH : Z_SYNC_FLUSH;
    stream._handle.writeSync(flush, input, at, given, buffer, 0, room);
    if (failed) throw failed;
    const [roomLeft, inputLeft] = stream._writeState;
    at += given - inputLeft;
    output.push(...buffer.subarray(0, room - roomLeft));
    if (roomLeft === 0) continue;
    if (at === input.length) return Buffer.from(output);
    if (given === inputLeft) throw new Error("zlib takes no more input");
  }
}

function run({ op, windowBits, takeover, messages }) {
  const options = { windowBits };
  const stream = op === "inflate" ? zlib.createInflateRaw(options) : zlib.createDeflateRaw(options);
  return messages.map((message) => {
    let input = Buffer.from(message, "base64");
    if (op === "inflate") input = Buffer.concat([input, tail]);
    let output = through(stream, input, op === "inflate" ? 1 : 64);
    if (op === "deflate") {
      if (!output.subarray(-4).equals(tail)) throw new Error("zlib did not flush");
      output = output.subarray(0, -4);
    }
    if (!takeover) stream.reset();
    return output.toString("base64");
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = { messages: run(JSON.parse(line)) };
  } catch (error) {
    result = { error: error.message };
  }
  process.stdout.write(JSON.stringify(result) + "\n");
}
