import { createReadStream } from 'node:fs';
import { bytes } from '../formats/pretty/numbers.js';
import { UserError } from '../user-error.js';

/**
 * Reads a file, or gives up where it is too large: also one whose size nobody can tell before, such as a device.
 * @throws {UserError} when it has more than so many bytes
 * @throws what the system says when it cannot be read
 */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // `end` is the last byte that is read: one more than allowed.
  for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk as Buffer);
  const content = Buffer.concat(chunks);
  if (content.length > maxBytes)
    throw new UserError(`cannot read ${path}: it is larger than ${bytes(maxBytes)}`);
  return content;
}
