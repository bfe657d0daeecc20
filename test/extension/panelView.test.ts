import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Configuration,
  type Endpoint,
  emptyContents,
  endpointDefaults,
  type Profile,
} from '../../src/core/configuration.ts';
import type { ModelValue } from '../../src/extension/model.ts';
import type { LinkStatus } from '../../src/extension/proxyLink/linkStatus.ts';
import { type PanelWords, panelView } from '../../src/extension/views/panel/panelView.ts';
import { parseMessageToPanel } from '../../src/protocol/panel.ts';
import type { EndpointState, ProxyState } from '../../src/protocol/state.ts';
import { quietProxyState } from '../support/quietProxyState.ts';
import { unknownEndpointState } from '../support/unknownEndpointState.ts';
import { strings } from '../webview/panelFixture.ts';
import { now } from './modelValue.ts';

const notice = (text: string) => ({ text, busy: false, action: null });

const words: PanelWords = {
  state: ({ condition, nextTry }) => ({
    label: `is ${condition}`,
    details: nextTry ? [`${nextTry.value} ${nextTry.unit}`] : [],
  }),
  waiting: ({ left }) => `${left?.value} ${left?.unit}`,
  failure: ({ code, status }) => `${code} ${status}`,
  role: ({ active, serves }) =>
    active || serves ? `${active ? 'active' : ''} ${serves ? 'serves' : ''}` : null,
  quota: ({ name, remaining }) => ({ label: name, text: `${remaining} left` }),
  check: ({ state }) => state?.check.last?.class ?? null,
  history: ({ kept }) => (kept === 'memory' ? notice('in memory') : undefined),
  link: ({ kind }) => (kind === 'attached' ? undefined : notice(kind)),
  standIn: ({ profile, chosen, isStandIn }) =>
    isStandIn ? notice(`${profile?.id} for ${chosen?.id}`) : undefined,
  noProfile: notice('no profile'),
  noActiveProfile: notice('no active profile'),
  noEndpoint: notice('no endpoint'),
  insecureTls: notice('insecure TLS'),
};

const endpoint = (id: string, changes: Partial<Endpoint> = {}): Endpoint => ({
  ...endpointDefaults,
  id,
  name: `name of ${id}`,
  baseUrl: `https://${id}.example.com:8443/some/path`,
  ...changes,
});

const profile = (id: string, ...endpoints: Endpoint[]): Profile => ({
  id,
  name: `name of ${id}`,
  description: '',
  priority: null,
  strategy: 'weighted',
  enabled: true,
  lastUsedAt: null,
  endpoints,
});

const configuration = (activeProfile: string | null, ...profiles: Profile[]): Configuration => ({
  ...emptyContents.configuration,
  activeProfile,
  profiles,
});

const state = (endpoints: Record<string, Partial<EndpointState>>, insecureTls = false): ProxyState => ({
  ...quietProxyState,
  startedAt: 1000,
  inFlight: 4,
  rescued: 5,
  insecureTls,
  endpoints: Object.fromEntries(
    Object.entries(endpoints).map(([id, seen]) => [id, { ...unknownEndpointState, hasKey: true, ...seen }]),
  ),
});

const attached: LinkStatus = { kind: 'attached', port: 7860 };
const show = (value: Partial<ModelValue>) =>
  panelView(
    {
      link: attached,
      configuration: configuration('p', profile('p', endpoint('a'))),
      state: null,
      now,
      ...value,
    },
    { version: '1.2.3', isUnseen: false },
    words,
  );

test('shows what the proxy has seen of each endpoint', () => {
  const failure = { code: 'errorStatus', status: 529, at: 2000 } as const;
  const seen = {
    inFlight: 2,
    requests: 8,
    failures: 2,
    firstByteMs: 300,
    servedAt: 1500,
    failure,
    standing: 'open',
    open: { until: now + 90_000, trial: false },
  } as const;
  assert.deepEqual(show({ state: state({ a: seen }) }), {
    version: '1.2.3',
    hasNews: false,
    profile: 'name of p',
    address: 'http://127.0.0.1:7860',
    startedAt: 1000,
    inFlight: 4,
    waiting: { count: 0, note: '' },
    rescued: 5,
    notices: [],
    endpoints: [
      {
        id: 'a',
        name: 'name of a',
        host: 'a.example.com:8443',
        profile: 'name of p',
        active: true,
        role: 'active serves',
        state: { code: 'open', label: 'is open', details: ['2 minutes'] },
        inFlight: 2,
        requests: 8,
        failures: 2,
        successRate: 0.75,
        firstByteMs: 300,
        servedAt: 1500,
        failure: { text: 'errorStatus 529', at: 2000 },
        weight: { configured: 100, effective: 100 },
        quota: [],
        check: null,
      },
    ],
  });
});

test('lists the endpoints of all profiles, in the order of the tree', () => {
  const [first, second] = [endpoint('a', { priority: 2 }), endpoint('b')];
  const off = endpoint('c', { enabled: false });
  const { endpoints } = show({
    configuration: configuration('q', profile('p', first, second), profile('q', off)),
  });
  assert.deepEqual(
    endpoints.map(({ id, profile, active, state }) => [id, profile, active, state.label]),
    [
      ['a', 'name of p', false, 'is unknown'],
      ['b', 'name of p', false, 'is unknown'],
      ['c', 'name of q', true, 'is disabled'],
    ],
  );
});

test('claims no success rate before the first request', () => {
  assert.equal(show({ state: state({ a: {} }) }).endpoints[0]?.successRate, null);
});

test('shows no numbers of endpoints that no proxy reports', () => {
  const [row] = show({ link: { kind: 'stopped' } }).endpoints;
  assert.equal(row?.state.code, 'unknown');
  assert.deepEqual([row?.requests, row?.failures, row?.inFlight, row?.successRate], [null, null, null, null]);
});

test('says how many requests wait and for how long', () => {
  const waiting = { count: 3, until: now + 5_000 };
  assert.deepEqual(show({ state: { ...state({}), waiting } }).waiting, { count: 3, note: '5 seconds' });
  assert.equal(show({}).waiting, null);
});

test('shows an address only while the proxy listens', () => {
  assert.equal(show({ link: { kind: 'portTaken', port: 7860 } }).address, null);
  assert.equal(show({ link: { kind: 'otherStore', port: 7861 } }).address, 'http://127.0.0.1:7861');
});

test('says what is missing, the proxy first', () => {
  const texts = (value: Partial<ModelValue>) => show(value).notices.map(({ text }) => text);
  assert.deepEqual(texts({}), []);
  assert.deepEqual(texts({ configuration: configuration(null) }), ['no profile']);
  assert.deepEqual(texts({ configuration: configuration(null, profile('p')) }), ['no active profile']);
  assert.deepEqual(texts({ configuration: configuration('p', profile('p')) }), ['no endpoint']);
  const backup: Profile = { ...profile('b', endpoint('e')), priority: 'secondary' };
  assert.deepEqual(texts({ configuration: configuration('p', profile('p'), backup) }), []);
  assert.deepEqual(texts({ link: { kind: 'stopped' }, configuration: configuration(null) }), [
    'stopped',
    'no profile',
  ]);
  assert.deepEqual(texts({ state: state({}, true) }), ['insecure TLS']);
  assert.deepEqual(texts({ state: { ...state({}), history: { kept: 'memory' } } }), ['in memory']);
});

test('marks the profile that serves, and says for which one it stands in', () => {
  const failover = { ...quietProxyState.failover, serving: 'q' };
  const {
    profile: name,
    endpoints,
    notices,
  } = show({
    configuration: configuration('p', profile('p', endpoint('a')), profile('q', endpoint('b'))),
    state: { ...state({}), failover },
  });
  assert.equal(name, 'name of q');
  assert.deepEqual(
    endpoints.map(({ id, active, role }) => [id, active, role]),
    [
      ['a', false, 'active '],
      ['b', true, ' serves'],
    ],
  );
  assert.deepEqual(
    notices.map(({ text }) => text),
    ['q for p'],
  );
});

test('says nothing of a profile that neither serves nor was chosen', () => {
  const { endpoints } = show({
    configuration: configuration('p', profile('p', endpoint('a')), profile('q', endpoint('b'))),
  });
  assert.deepEqual(
    endpoints.map(({ role }) => role),
    ['active serves', null],
  );
});

test('tells the weight as it is configured and as it is used, where the strategy uses it', () => {
  const seen = state({ a: { weightPercent: 35 } });
  assert.deepEqual(show({ state: seen }).endpoints[0]?.weight, { configured: 100, effective: 35 });
  const inTurn: Profile = { ...profile('p', endpoint('a')), strategy: 'roundRobin' };
  assert.equal(show({ configuration: configuration('p', inTurn), state: seen }).endpoints[0]?.weight, null);
});

test('tells what is left of the limits of a key, but of none that is full again', () => {
  const quota = { limit: 100, remaining: 25, usedShare: 0.75, resetsAt: now + 1, at: now };
  const quotas = [
    { ...quota, name: 'requests' },
    { ...quota, name: 'tokens', resetsAt: now },
  ];
  assert.deepEqual(show({ state: state({ a: { quota: quotas } }) }).endpoints[0]?.quota, [
    { label: 'requests', text: '25 left', used: 0.75 },
  ]);
});

test('says which version it is of, and whether there are news of it', () => {
  const value = { link: attached, configuration: configuration(null), state: null, now };
  const { version, hasNews } = panelView(value, { version: '2.0.0', isUnseen: true }, words);
  assert.deepEqual([version, hasNews], ['2.0.0', true]);
});

test('makes views that the page accepts', () => {
  const view = show({ state: state({ a: { requests: 3, servedAt: 1, firstByteMs: 0.5 } }) });
  assert.deepEqual(parseMessageToPanel({ type: 'render', view, strings }), { type: 'render', view, strings });
});
