// Owns the check of what was sent against Discord's own OpenAPI description, where SPECS_DIR says that it is at hand.
// The description's own gaps (2,000 characters, totals) are rules in forms.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const schemas: Readonly<Record<string, string>> = {
  'POST /channels/:channel/messages': 'MessageCreateRequest',
  'PATCH /channels/:channel/messages/:message': 'MessageEditRequestPartial',
  'POST /channels/:channel/messages/:message/threads': 'CreateTextThreadWithMessageRequest',
};

let ajv: Ajv2020 | undefined;
const compiled = new Map<string, ValidateFunction>();

function validatorOf(directory: string, schema: string): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(JSON.parse(readFileSync(join(directory, 'discord-openapi.json'), 'utf8')), 'discord');
  }
  const validate = ajv.compile({ $ref: `discord#/components/schemas/${schema}` });
  compiled.set(schema, validate);
  return validate;
}

/** What is wrong with the body by the description; undefined where nothing is, or there is none to hold it against. */
export function findBreach(
  directory: string | undefined,
  method: string,
  route: string,
  body: unknown,
): string | undefined {
  const schema = schemas[`${method} ${route}`];
  if (directory === undefined || directory === '' || schema === undefined) return undefined;
  const validate = validatorOf(directory, schema);
  if (validate(body)) return undefined;
  const faults = (validate.errors ?? []).map((fault) => `${fault.instancePath} ${fault.message ?? ''}`);
  return `${method} ${route}: ${faults.join('; ')} in ${JSON.stringify(body)}`;
}
