import type { ConfigProblem, ConfigProblemCode } from '../core/configFile.ts';

/** What each problem means, for whoever reads the headless server's output. The editor has words of its own. */
const words: Record<ConfigProblemCode, string> = {
  notJson: 'the file is not JSON',
  tooDeep: 'the file is nested too deeply',
  tooMany: 'has more than 500 items',
  missing: 'is missing',
  wrongType: 'has the wrong type',
  outOfRange: 'is out of range',
  newerVersion: 'the file is of a newer version than this server understands',
  unknownProfile: 'names a profile that is not in the file',
  duplicateLevel: 'another profile has this priority level already',
  badHeaderName: 'is not the name of a header',
  unsendableText: 'holds characters that cannot be sent in a header',
  protocolNotSupported: 'OpenAI-compatible endpoints are not supported yet; use "anthropic" or "auto"',
  notAUrl: 'is not a URL',
  unsupportedScheme: 'must begin with https://',
  insecureHost: 'must begin with https://, since plain http:// would show the key to the network',
  hasCredentials: 'must not hold a user name or password; the key has a field of its own',
  hasQueryOrFragment: 'must not have a query or fragment',
  linkLocalHost: 'belongs to the local link or a metadata service',
  emptyName: 'must not be empty',
  longName: 'must have 64 characters at most',
  duplicateName: 'is the name of another one already',
};

/** One line for a problem: where it is, its code, what it means and what belongs there. Never the value. */
export function configProblemText({ path, code, expected, line }: ConfigProblem): string {
  const wanted = expected === undefined ? '' : `, expected ${expected}`;
  const place = line === undefined ? '' : ` (line ${line})`;
  return `${path}: ${code}: ${words[code]}${place}${wanted}`;
}
