import { DoorwardError } from 'doorward';
import type { Context } from 'hono';

export const bodyLimit = 1024 * 1024;

/**
 * The JSON object of a POST. Only `application/json` is taken: a form of another site can send no such request.
 * @throws DoorwardError `invalidArgument`, `limitExceeded`
 */
export async function readBody(c: Context): Promise<Record<string, unknown>> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new DoorwardError('invalidArgument', 'the body has to be of the type application/json');
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await bytes(c)));
  } catch (error) {
    if (DoorwardError.is(error)) throw error;
    throw new DoorwardError('invalidArgument', 'the body is not JSON in UTF-8');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DoorwardError('invalidArgument', 'the body has to be a JSON object');
  }
  return body as Record<string, unknown>;
}

async function bytes(c: Context): Promise<Uint8Array> {
  const tooLarge = (): DoorwardError =>
    new DoorwardError('limitExceeded', `the body is larger than ${bodyLimit} bytes`, { details: { limit: bodyLimit } });
  if (Number(c.req.header('content-length') ?? 0) > bodyLimit) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  // A client may send no length, or a wrong one.
  for await (const part of c.req.raw.body ?? []) {
    length += part.length;
    if (length > bodyLimit) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

type Shape = 'string' | 'boolean' | 'array';

/**
 * Checks the fields of a body: those named with `!` are required.
 * @throws DoorwardError `unknownField`, `invalidArgument`
 */
export function checkFields(
  body: Record<string, unknown>,
  shapes: Readonly<Record<string, Shape | `${Shape}!`>>,
): void {
  for (const field of Object.keys(body)) {
    if (!Object.hasOwn(shapes, field))
      throw new DoorwardError('unknownField', `there is no field \`${field}\``, { details: { field } });
  }
  for (const [field, shape] of Object.entries(shapes)) {
    const value = body[field];
    const required = shape.endsWith('!');
    if (value === undefined && !required) continue;
    const wanted = required ? shape.slice(0, -1) : shape;
    if ((Array.isArray(value) ? 'array' : typeof value) !== wanted) {
      throw new DoorwardError('invalidArgument', `the field \`${field}\` has to be of the type ${wanted}`, {
        details: { field },
      });
    }
  }
}
