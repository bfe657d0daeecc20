import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allMatches, readJson } from './extensionSources.ts';

type Texts = Record<string, string>;

const english = readJson<Texts>('package.nls.json');
const chinese = readJson<Texts>('package.nls.zh-cn.json');
const bundle = readJson<Texts>('l10n/bundle.l10n.zh-cn.json');

/** The value of a string literal as it stands in a source. */
function textOf(literal: string): string {
  const simple: Record<string, string> = { n: '\n', t: '\t' };
  return literal.slice(1, -1).replace(/\\(.)/g, (_, character: string) => simple[character] ?? character);
}

const inCode = allMatches(/\bl10n\.t\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*[,)]/g).map(textOf);

/** Every English text with its Chinese one, of the manifest and of the code. */
const pairs: [string, string][] = [
  ...Object.entries(english).map(([key, text]): [string, string] => [text, chinese[key] ?? '']),
  ...Object.entries(bundle),
];

describe('texts of the manifest', () => {
  it('exist in both languages and are all used', () => {
    const used = [...JSON.stringify(readJson('package.json')).matchAll(/"%([\w.]+)%"/g)].map(
      (match) => match[1],
    );
    assert.deepEqual(Object.keys(english).sort(), [...new Set(used)].sort());
    assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
  });

  it('link to the same commands and settings in both languages', () => {
    const targets = (text: string) => text.match(/\(command:[^)]+\)|`[^`]+`/g)?.sort() ?? [];
    for (const [key, text] of Object.entries(english))
      assert.deepEqual(targets(chinese[key] ?? ''), targets(text));
  });
});

describe('texts of the code', () => {
  it('are literals, so that they can be found', () => {
    assert.equal(allMatches(/\b(l10n\.t)\(/g).length, inCode.length);
  });

  it('are all translated', () => {
    assert.deepEqual(
      inCode.filter((text) => !(text in bundle)),
      [],
    );
  });

  it('have no translation left over', () => {
    assert.deepEqual(
      Object.keys(bundle).filter((text) => !inCode.includes(text)),
      [],
    );
  });

  it('have the same placeholders in both languages', () => {
    const placeholders = (text: string) => [...new Set(text.match(/\{\d\}/g) ?? [])].sort();
    for (const [text, translation] of Object.entries(bundle)) {
      assert.deepEqual(placeholders(translation), placeholders(text), text);
    }
  });
});

describe('Chinese texts', () => {
  const terms: [RegExp, string][] = [
    [/\bendpoints?\b/i, '端点'],
    [/\bprofiles?\b/i, '方案'],
    [/\bactive profile\b/i, '当前方案'],
    [/\bproxy\b/i, '代理'],
    [/\bkeys?\b/i, '密钥'],
    [/\btoken\b/i, '令牌'],
    [/\bport\b/i, '端口'],
    [/\bterminals?\b/i, '终端'],
    [/\bwindows?\b/i, '窗口'],
    [/\beditor\b/i, '编辑器'],
    [/\brequests?\b/i, '请求'],
    [/\bpriority\b/i, '优先级'],
    [/\bcertificates?\b/i, '证书'],
    [/\bstate folder\b/i, '状态文件夹'],
    [/\bin flight\b/i, '进行中'],
    [/\bbase url\b/i, '基础 URL'],
    [/\b(disabled?)\b/i, '禁用'],
    [/\b(enabled?)\b/i, '启用'],
    [/\bremove (the )?(profile|endpoint)\b/i, '删除'],
    [/\bmodels?\b/i, '模型'],
    [/\bweight(ed)?\b/i, '权重'],
    [/\bstrategy\b/i, '策略'],
    [/\bwait(ing|s)\b/i, '等待'],
    [/\bconversations?\b/i, '对话'],
    [/\bsuspended\b/i, '熔断'],
    [/\bquarantined\b/i, '隔离'],
    [/\bcooling down\b/i, '冷却'],
    [/\bworking\b/i, '正常'],
    [/\blimited\b/i, '受限'],
    [/\brescued?\b/i, '挽救'],
    [/\bnext try\b/i, '重试'],
    [/\bchecks?\b/i, '检查'],
    [/\bqueued?\b/i, '队列'],
    [/\bfailover\b/i, '故障转移'],
    [/\bscore\b/i, '评分'],
    [/\bhistory\b/i, '历史记录'],
    [/\btokens\b/i, '词元'],
    [/\blevels?\b/i, '级'],
    [/\bstands in\b/i, '接替'],
  ];

  for (const [word, term] of terms) {
    it(`call it ${term} wherever the English says ${word.source}`, () => {
      // Names of settings and of headers are the same in every language.
      const prose = (text: string) => text.replace(/`[^`]*`|\(command:[^)]*\)|\S*https?\S*|x-api-key/g, '');
      const others = pairs.filter(
        ([text, translation]) => word.test(prose(text)) && !translation.includes(term),
      );
      assert.deepEqual(others, []);
    });
  }

  it('use full-width punctuation', () => {
    const prose = (text: string) => text.replace(/\(command:[^)]*\)/g, '');
    for (const [, translation] of pairs) assert.doesNotMatch(prose(translation), /[一-鿿][,;:?!.]/);
  });
});
