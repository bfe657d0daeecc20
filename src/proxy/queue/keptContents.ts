import * as v from 'valibot';
import type { RawHeaders } from '../headers.ts';

/*
 * What is encrypted of a kept request and of its answer: a head in JSON, with its length in front, and the body behind
 * it, byte by byte as it came.
 */

/** A request, without the credentials of its client and without what belonged to its connection. */
export interface KeptCall {
  /** With its question mark, or empty. */
  readonly query: string;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/** An answer, as far as somebody who fetches it later needs it. */
export interface KeptAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

const lengthBytes = 4;
const callHead = v.object({ query: v.string(), headers: v.array(v.string()) });
const answerHead = v.object({ status: v.number(), headers: v.array(v.string()) });

/** A request as it is encrypted, in pieces. @param body in pieces, which are not copied */
export function writeCall(call: Omit<KeptCall, 'body'>, body: readonly Buffer[]): Buffer[] {
  return write({ query: call.query, headers: call.headers }, body);
}

/** @throws when the bytes are no request */
export function readCall(bytes: Buffer): KeptCall {
  const { head, body } = read(bytes);
  return { ...v.parse(callHead, head), body };
}

/** An answer as it is encrypted, in pieces. */
export function writeAnswer({ status, headers, body }: KeptAnswer): Buffer[] {
  return write({ status, headers }, [body]);
}

/** @throws when the bytes are no answer */
export function readAnswer(bytes: Buffer): KeptAnswer {
  const { head, body } = read(bytes);
  return { ...v.parse(answerHead, head), body };
}

function write(head: object, body: readonly Buffer[]): Buffer[] {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(json.length);
  return [length, json, ...body];
}

function read(bytes: Buffer): { head: unknown; body: Buffer } {
  const end = lengthBytes + bytes.readUInt32BE(0);
  return { head: JSON.parse(bytes.toString('utf8', lengthBytes, end)), body: bytes.subarray(end) };
}
