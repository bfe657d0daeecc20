import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryStrategies } from '../../src/core/configuration.ts';
import { priceSchema } from '../../src/core/configurationSchema.ts';
import {
  commands,
  contextKeys,
  defaultSettings,
  parseSettings,
  portRange,
  settings,
  viewContainer,
  views,
  walkthrough,
} from '../../src/extension/contributions.ts';
import type { LinkStatus } from '../../src/extension/proxyLink/linkStatus.ts';
import { treeOf, withDescendants } from '../../src/extension/views/endpointTree/treeRows.ts';
import { queuedContextValue } from '../../src/extension/views/queueTree/queueRows.ts';
import type { QueueItem } from '../../src/protocol/queue.ts';
import type { FailoverState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { allMatches, extensionSources, hasFile, readJson } from './extensionSources.ts';
import { endpoint, modelValue, open, profile } from './modelValue.ts';

interface MenuItem {
  command: string;
  when?: string;
  group?: string;
}

interface Setting {
  type: string;
  default: unknown;
  order: number;
  scope: string;
  minimum?: number;
  maximum?: number;
  enum?: string[];
  enumDescriptions?: string[];
  additionalProperties?: { required: string[]; properties: Record<string, unknown> };
  markdownDescription: string;
}

interface Manifest {
  icon: string;
  contributes: {
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; contents: string; when: string }[];
    commands: { command: string; category: string; enablement?: string }[];
    menus: Record<string, MenuItem[]>;
    walkthroughs: {
      id: string;
      steps: { id: string; media: { svg: string }; completionEvents: string[] }[];
    }[];
    configuration: { properties: Record<string, Setting> };
  };
}

const manifest = readJson<Manifest>('package.json');
const { contributes } = manifest;
const english = readJson<Record<string, string>>('package.nls.json');
const menuItems = Object.values(contributes.menus).flat();
const clauses = [
  ...contributes.viewsWelcome.map((welcome) => welcome.when),
  ...contributes.commands.map((command) => command.enablement ?? ''),
  ...menuItems.map((item) => item.when ?? ''),
];
const sorted = (items: Iterable<string>) => [...new Set(items)].sort();

describe('commands', () => {
  const ids = contributes.commands.map((command) => command.command);

  it('are the same in the manifest and in the code', () => {
    assert.deepEqual([...ids].sort(), Object.values(commands).sort());
  });

  it('are registered, each once', () => {
    const registered = allMatches(/\bregisterCommand\(\s*\w+,\s*commands\.(\w+)/g);
    assert.deepEqual(registered.sort(), Object.keys(commands).sort());
  });

  it('share one category', () => {
    for (const command of contributes.commands) assert.equal(command.category, 'QCC');
  });

  it('exist wherever a menu or a link names them', () => {
    const linked = Object.values(english).flatMap((text) =>
      [...text.matchAll(/\(command:(qcc\.[\w.]+)/g)].map((match) => match[1] ?? ''),
    );
    for (const id of [...menuItems.map((item) => item.command), ...linked]) assert.ok(ids.includes(id), id);
  });
});

it('no id is spelled outside of contributions.ts', () => {
  const ids = [commands, views, contextKeys, settings].flatMap((group) => Object.values<string>(group));
  for (const [file, source] of extensionSources()) {
    if (file === 'contributions.ts') continue;
    for (const [, text] of source.matchAll(/['"](qcc\.[\w.]+)['"]/g)) {
      assert.ok(text && !ids.includes(text), `${file} spells ${text}`);
    }
  }
});

it('the walkthrough has at most five steps, each with a picture, which real commands and context keys complete', () => {
  const [only, ...others] = contributes.walkthroughs;
  assert.ok(only && others.length === 0);
  assert.equal(only.id, walkthrough);
  assert.ok(only.steps.length <= 5);
  const known = [
    ...Object.values<string>(commands).map((id) => `onCommand:${id}`),
    ...Object.values<string>(contextKeys).map((key) => `onContext:${key}`),
    'onCommand:workbench.action.terminal.new',
  ];
  for (const { media, completionEvents } of only.steps) {
    assert.ok(hasFile(media.svg), media.svg);
    assert.ok(completionEvents.length > 0);
    for (const event of completionEvents) assert.ok(known.includes(event), event);
  }
});

describe('views', () => {
  it('are the same in the manifest and in the code', () => {
    const ids = Object.values(contributes.views).flatMap((list) => list.map((view) => view.id));
    assert.deepEqual(ids.sort(), Object.values(views).sort());
    assert.deepEqual(Object.keys(contributes.views), [viewContainer]);
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map((container) => container.id),
      [viewContainer],
    );
  });

  it('say something while empty, for every state of the link', () => {
    // A record, so that a state that is added and forgotten here does not compile.
    const kinds: Record<LinkStatus['kind'], true> = {
      stopped: true,
      starting: true,
      attached: true,
      otherStore: true,
      portTaken: true,
      incompatible: true,
      unusableHome: true,
      crashing: true,
    };
    for (const view of Object.values(views)) {
      const welcomes = contributes.viewsWelcome.filter((welcome) => welcome.view === view);
      const welcomed = welcomes.flatMap(({ when }) => {
        const clause = /qcc\.link (?:== (\w+)|=~ \/\^\(([\w|]+)\)\$\/)/.exec(when);
        return (clause?.[1] ?? clause?.[2] ?? '').split('|');
      });
      assert.deepEqual(sorted(welcomed), Object.keys(kinds).sort(), view);
    }
    const named = clauses.flatMap((clause) => clause.match(/qcc\.link (?:[=!]=|=~) \S+/g) ?? []);
    for (const name of named.flatMap((clause) => clause.split(' ')[2]?.match(/\w+/g) ?? [])) {
      assert.ok(name in kinds, name);
    }
  });

  it('have at most three inline actions on an item, and no menu for an item that does not exist', () => {
    const endpoints = ['a', 'b', 'c', 'd'].map((id, index) => endpoint(id, { enabled: index < 2 }));
    const states = { a: {}, b: open, c: {}, d: open };
    const profiles = [profile('p', endpoints), profile('q', [], { priority: 'primary' })];
    const value = modelValue([...profiles, profile('r', [], { enabled: false })], states);
    const failover: FailoverState = { ...quietProxyState.failover, serving: 'q' };
    const failedOver = { ...value, state: value.state && { ...value.state, failover } };
    const rows = [value, failedOver].flatMap((one) => withDescendants(treeOf(one, 1)));
    const queued = [true, false].map((canRetry) => ({ state: 'pending', canRetry }) as QueueItem);
    const values = [...rows.map((row) => row.contextValue), ...queued.map(queuedContextValue)];
    const fits = (item: MenuItem, value: string) => {
      const clause = /viewItem (?:== '(.+?)'|=~ \/(.+?)\/)/.exec(item.when ?? '');
      assert.ok(clause, `${item.command} is offered on every item`);
      return clause[1] === undefined ? new RegExp(clause[2] ?? '').test(value) : clause[1] === value;
    };
    const items = contributes.menus['view/item/context'] ?? [];
    for (const item of items)
      assert.ok(
        values.some((value) => fits(item, value)),
        item.when,
      );
    for (const value of values) {
      const inline = items.filter((item) => item.group?.startsWith('inline') && fits(item, value));
      assert.ok(inline.length <= 3, value);
    }
  });
});

describe('context keys', () => {
  it('are the same in clauses and in the code', () => {
    const ids: string[] = Object.values(views);
    const used = clauses.flatMap((clause) => clause.match(/\bqcc\.\w+\b/g) ?? []);
    assert.deepEqual(sorted(used.filter((key) => !ids.includes(key))), Object.values(contextKeys).sort());
  });

  it('are all set', () => {
    const set = allMatches(/\[contextKeys\.(\w+), /g);
    assert.deepEqual(set.sort(), Object.keys(contextKeys).sort());
  });
});

describe('settings', () => {
  const { properties } = contributes.configuration;

  it('are the same in the manifest and in the code', () => {
    assert.deepEqual(Object.keys(properties).sort(), Object.values(settings).sort());
  });

  it('have the same defaults and limits in both', () => {
    assert.deepEqual(
      parseSettings((id) => properties[id]?.default),
      defaultSettings,
    );
    const port = properties[settings.port];
    assert.deepEqual({ min: port?.minimum, max: port?.maximum }, portRange);
  });

  for (const [id, { type, default: fallback, minimum = Number.NaN, maximum = Number.NaN }] of Object.entries(
    properties,
  )) {
    if (typeof fallback !== 'number') continue;
    it(`have the same limits for ${id} in the manifest and in the code`, () => {
      assert.equal(type, 'integer');
      const settingsWith = (value: unknown) => parseSettings((read) => (read === id ? value : undefined));
      /** Whether a value is used: it then stands where the default stood. */
      const isUsed = (value: number) => {
        const used = JSON.stringify(settingsWith(value));
        return used !== JSON.stringify(settingsWith(fallback)) || value === fallback;
      };
      for (const value of [minimum, maximum]) assert.ok(isUsed(value), `${value}`);
      for (const value of [minimum - 1, maximum + 1, minimum + 0.5]) assert.ok(!isUsed(value), `${value}`);
    });
  }

  it('offer the strategies that the code knows, and name the parts of a price that it reads', () => {
    const { enum: offered = [], enumDescriptions = [] } = properties[settings.queueStrategy] ?? {};
    assert.deepEqual([...offered], [...retryStrategies]);
    assert.equal(enumDescriptions.length, offered.length);
    const price = properties[settings.prices]?.additionalProperties;
    assert.deepEqual(Object.keys(price?.properties ?? {}), Object.keys(priceSchema.entries));
    assert.deepEqual(price?.required, ['input', 'output']);
  });

  it('are never taken from a workspace, and come in an order', () => {
    for (const setting of Object.values(properties)) assert.equal(setting.scope, 'machine');
    assert.deepEqual(
      Object.values(properties).map((setting) => setting.order),
      Object.keys(properties).map((_, index) => index + 1),
    );
  });

  it('are described in one way', () => {
    for (const { default: value, markdownDescription } of Object.values(properties)) {
      const text = english[markdownDescription.slice(1, -1)] ?? '';
      assert.match(text, typeof value === 'boolean' ? /^Controls whether .*\.$/ : /^Controls the .*\.$/);
    }
  });
});

it('every picture that the manifest names is there', () => {
  const icons = contributes.viewsContainers.activitybar.map((container) => container.icon);
  for (const file of [manifest.icon, ...icons]) assert.ok(hasFile(file), file);
});
