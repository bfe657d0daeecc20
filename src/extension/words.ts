import * as vscode from 'vscode';
import {
  type AuthStyle,
  maxNameLength,
  type NameProblem,
  type PriorityLevel,
  type Strategy,
} from '../core/configuration.ts';
import type { PastedProblem } from '../core/pastedEndpoint.ts';
import type { SwitchReason } from '../core/switches.ts';
import { compareVersions } from '../core/versionOrder.ts';
import type { HomeProblem } from '../protocol/home.ts';
import type { RetryOutcome } from '../protocol/queue.ts';
import type { HistoryState } from '../protocol/state.ts';
import { version } from '../protocol/version.ts';
import type { EditOutcome } from './actions.ts';
import type { LinkStatus } from './proxyLink/linkStatus.ts';
import type { TimeLeft } from './timeLeft.ts';

/*
 * The one place where codes become sentences. Core and proxy speak codes; a `switch` here that misses one does not
 * compile. Why an attempt failed is in `views/failureText.ts`.
 */

/** Why a name is refused. */
export function nameProblemText(problem: NameProblem): string {
  switch (problem) {
    case 'emptyName':
      return vscode.l10n.t('Enter a name.');
    case 'longName':
      return vscode.l10n.t('The name is too long. Use {0} characters at most.', maxNameLength);
    case 'duplicateName':
      return vscode.l10n.t('This name is taken. Enter another one.');
  }
}

/** Why a base URL, or a text that holds one, is refused. */
export function baseUrlProblemText(problem: PastedProblem | 'ownAddress'): string {
  switch (problem) {
    case 'notAUrl':
      return vscode.l10n.t('This is not a URL. Enter one like https://api.example.com.');
    case 'unsupportedScheme':
      return vscode.l10n.t('The URL must begin with https://.');
    case 'insecureHost':
      return vscode.l10n.t('Use https://. With http:// the key could be read on the network.');
    case 'hasCredentials':
      return vscode.l10n.t('Leave user name and password out of the URL. The key is asked for separately.');
    case 'hasQueryOrFragment':
      return vscode.l10n.t('Leave out what follows ? or # in the URL.');
    case 'linkLocalHost':
      return vscode.l10n.t(
        'This address belongs to the local link or a metadata service. Enter another one.',
      );
    case 'tooLong':
      return vscode.l10n.t('This text is too long. Paste only the part with the address and the key.');
    case 'noAddress':
      return vscode.l10n.t('There is a key in this, but no address. Enter the address; the key comes later.');
    case 'ownAddress':
      return vscode.l10n.t('This is the address of the QCC proxy itself. Enter the address of an endpoint.');
  }
}

/** Why a key cannot be used, or undefined when it can. */
export function keyProblemText(problem: 'empty' | 'unsendable'): string {
  switch (problem) {
    case 'empty':
      return vscode.l10n.t('Enter the key.');
    case 'unsendable':
      return vscode.l10n.t('The key has characters that cannot be sent. Copy it again.');
  }
}

export type EditOutcomeProblem = Extract<EditOutcome, { ok: false }>['problem'];

/** Why a change was not made. `subject` is the name of what was to be changed. */
export function editProblemText(problem: EditOutcomeProblem, subject: string): string {
  switch (problem) {
    case 'emptyName':
    case 'longName':
      return vscode.l10n.t('“{0}” was not saved. {1}', subject, nameProblemText(problem));
    case 'duplicateName':
      return vscode.l10n.t('“{0}” was not saved. Another window has taken this name meanwhile.', subject);
    case 'keyNeededForNewAddress':
      return vscode.l10n.t('“{0}” was not changed. A new address needs its key entered again.', subject);
    case 'profileGone':
      return vscode.l10n.t('“{0}” was not changed. The profile was removed in another window.', subject);
    case 'endpointGone':
      return vscode.l10n.t('“{0}” was not changed. The endpoint was removed in another window.', subject);
    case 'nameTakenThere':
      return vscode.l10n.t(
        '“{0}” was not moved. That profile has another endpoint of this name; rename one of them first.',
        subject,
      );
    case 'changedMeanwhile':
      return vscode.l10n.t(
        '“{0}”: nothing was changed, since the configuration was changed in another window meanwhile. Look at the changes again.',
        subject,
      );
    case 'notAttached':
      return vscode.l10n.t('“{0}” was not changed. The connection to the proxy was lost.', subject);
    case 'otherStore':
      return vscode.l10n.t(
        '“{0}” was not changed. The proxy serves the profiles of another editor.',
        subject,
      );
    case 'replaced':
      return vscode.l10n.t(
        '“{0}” was not changed. Another configuration took the place of the present one meanwhile.',
        subject,
      );
    case 'notStored':
      return vscode.l10n.t(
        'The change to “{0}” is in effect, but this editor could not store it. Without that it is lost when the proxy ends.',
        subject,
      );
  }
}

/** What keeps this window from working with the proxy, and what to do, or undefined when nothing does. */
export function linkText(link: LinkStatus): string | undefined {
  switch (link.kind) {
    case 'attached':
      return link.storedApart
        ? vscode.l10n.t(
            'This editor has stored another configuration than the one in force, perhaps from a window on another host. Changes are not stored until you have chosen which one to use.',
          )
        : undefined;
    case 'stopped':
      return vscode.l10n.t('The proxy is stopped.');
    case 'starting':
      return vscode.l10n.t('The proxy is starting…');
    case 'otherStore':
      return vscode.l10n.t(
        'The proxy serves another configuration than the one of this editor. Choose which one to use.',
      );
    case 'portTaken':
      return vscode.l10n.t(
        'Port {0} is used by another program. Close that program or choose another port.',
        link.port,
      );
    case 'incompatible':
      return link.isOlder
        ? vscode.l10n.t(
            'A proxy of the older version {0} is running and could not be replaced. Close all other windows of your editors; it then ends by itself.',
            link.version,
          )
        : vscode.l10n.t(
            'A proxy of version {0} is running, which this window cannot talk to. Reload the window; if that does not help, update QCC in this editor.',
            link.version,
          );
    case 'unusableHome':
      return homeProblemText(link.problem, link.path);
    case 'crashing':
      return vscode.l10n.t('The proxy ends as soon as it is started. Its log says why: {0}', link.logPath);
  }
}

function homeProblemText(problem: HomeProblem, path: string): string {
  switch (problem) {
    case 'notADirectory':
      return vscode.l10n.t('{0} is not a folder. Remove it or choose another state folder.', path);
    case 'foreignOwner':
      return vscode.l10n.t('{0} belongs to another user. Choose another state folder.', path);
    case 'badSecretFile':
      return vscode.l10n.t('{0} is damaged. Remove it; it will be made again.', path);
    case 'pathTooLong':
      return vscode.l10n.t('The path {0} is too long for a socket. Choose a shorter state folder.', path);
    case 'unusable':
      return vscode.l10n.t('{0} cannot be written. Choose another state folder.', path);
  }
}

/** What is wrong with the history, or undefined when it is kept as it should be. */
export function historyText({ kept, code, setAside }: HistoryState): string | undefined {
  const texts = [
    ...(kept === 'memory' || code !== undefined ? [notKeptText(kept, code)] : []),
    ...(setAside === undefined
      ? []
      : [
          vscode.l10n.t(
            'The history could not be read. The file was set aside as {0}, and a new one was begun.',
            setAside,
          ),
        ]),
  ];
  return texts.length > 0 ? texts.join(' ') : undefined;
}

function notKeptText(kept: HistoryState['kept'], code: string | undefined): string {
  if (kept === 'file') return vscode.l10n.t('The history could not be written lately ({0}).', code ?? '');
  return code === undefined
    ? vscode.l10n.t('The history is kept in memory only and ends with the proxy.')
    : vscode.l10n.t('The history is kept in memory only and ends with the proxy ({0}).', code);
}

/** Why another profile began to serve. */
export function switchReasonText(reason: SwitchReason): string {
  switch (reason) {
    case 'manual':
      return vscode.l10n.t('by hand');
    case 'failover':
      return vscode.l10n.t('the profile failed');
    case 'recovery':
      return vscode.l10n.t('the profile recovered');
  }
}

/** What became of a retry. */
export function retryText(outcome: RetryOutcome): string {
  switch (outcome) {
    case 'started':
      return vscode.l10n.t('The request is being tried again.');
    case 'running':
      return vscode.l10n.t('The request is being tried again already.');
    case 'gone':
      return vscode.l10n.t('The request is no longer in the queue.');
    case 'notPossible':
      return vscode.l10n.t(
        'The request cannot be tried again, since its text was not kept or cannot be read.',
      );
  }
}

/** That the proxy is of another version than this window, or undefined when it is not. @param running the proxy's */
export function otherVersionText(running: string): string | undefined {
  return compareVersions(running, version) === 0
    ? undefined
    : vscode.l10n.t('The proxy is of version {0}, this window of version {1}.', running, version);
}

/** A few words for the state of the link. */
export function linkLabel(link: LinkStatus): string {
  switch (link.kind) {
    case 'attached':
    case 'otherStore':
      return vscode.l10n.t('Running');
    case 'stopped':
      return vscode.l10n.t('Stopped');
    case 'starting':
      return vscode.l10n.t('Starting');
    case 'portTaken':
      return vscode.l10n.t('Port in use');
    case 'incompatible':
      return vscode.l10n.t('Other version running');
    case 'unusableHome':
      return vscode.l10n.t('Folder cannot be used');
    case 'crashing':
      return vscode.l10n.t('Ends when started');
  }
}

/** The name of a place in the failover order. */
export function levelText(level: PriorityLevel): string {
  switch (level) {
    case 'primary':
      return vscode.l10n.t('primary');
    case 'secondary':
      return vscode.l10n.t('secondary');
    case 'fallback':
      return vscode.l10n.t('fallback');
  }
}

/** The name of a place in the failover order, on its own. */
export function levelTitle(level: PriorityLevel): string {
  switch (level) {
    case 'primary':
      return vscode.l10n.t('Primary');
    case 'secondary':
      return vscode.l10n.t('Secondary');
    case 'fallback':
      return vscode.l10n.t('Fallback');
  }
}

/** The name of a way to spread requests. */
export function strategyText(strategy: Strategy): string {
  switch (strategy) {
    case 'weighted':
      return vscode.l10n.t('Weighted');
    case 'leastConnections':
      return vscode.l10n.t('Least busy');
    case 'responseTime':
      return vscode.l10n.t('Fastest');
    case 'priority':
      return vscode.l10n.t('By priority');
    case 'roundRobin':
      return vscode.l10n.t('In turn');
    case 'random':
      return vscode.l10n.t('Random');
  }
}

/** What a way to spread requests does, in one line. */
export function strategyDetail(strategy: Strategy): string {
  switch (strategy) {
    case 'weighted':
      return vscode.l10n.t('Each endpoint gets the share of new conversations that its weight gives it.');
    case 'leastConnections':
      return vscode.l10n.t('The endpoint with the fewest requests in flight for its weight is next.');
    case 'responseTime':
      return vscode.l10n.t('Of two endpoints drawn by weight, the one that answers sooner is next.');
    case 'priority':
      return vscode.l10n.t('The endpoint with the lowest priority number serves as long as it can.');
    case 'roundRobin':
      return vscode.l10n.t('The endpoints take turns, whatever their weight.');
    case 'random':
      return vscode.l10n.t('An endpoint is drawn by weight each time.');
  }
}

/** A time left, short. */
export function timeLeftText({ unit, value, isLimit }: TimeLeft): string {
  switch (unit) {
    case 'seconds':
      return isLimit ? vscode.l10n.t('≤{0} s', value) : vscode.l10n.t('{0} s', value);
    case 'minutes':
      return vscode.l10n.t('{0} min', value);
    case 'hours':
      return vscode.l10n.t('{0} h', value);
    case 'days':
      return vscode.l10n.t('{0} d', value);
  }
}

/** What a way of authentication does. */
export function authText(auth: AuthStyle): string {
  switch (auth) {
    case 'auto':
      return vscode.l10n.t('Automatic');
    case 'x-api-key':
      return vscode.l10n.t('x-api-key header');
    case 'bearer':
      return vscode.l10n.t('Authorization: Bearer header');
    case 'both':
      return vscode.l10n.t('Both headers');
  }
}
