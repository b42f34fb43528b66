import { describe, expect, it } from 'vitest';
import { validateDocument } from '../../../schemas/index.js';
import { lint } from '../../../service/analysis/index.js';
import { prometheusTemplate, statsTemplate } from '../../../service/cli/demo/checks.js';
import { paced } from '../../../service/cli/demo/pace.js';

describe('the templates of the demo', () => {
  it.each([
    ['Prometheus', prometheusTemplate('http://127.0.0.1:9090', paced(1))],
    ["the service's own numbers", statsTemplate(paced(1))],
  ])('for %s have nothing that lint would tell', (_name, template) => {
    expect(validateDocument('AnalysisTemplate', template)).toMatchObject({ errors: [], warnings: [] });
    expect(lint(template)).toMatchObject({ errors: [], warnings: [] });
  });

  it('ask the same, whatever the pace, only sooner', () => {
    const [usual] = prometheusTemplate('http://p', paced(1)).spec.metrics ?? [];
    const [fast] = prometheusTemplate('http://p', paced(2)).spec.metrics ?? [];
    expect(usual).toMatchObject({ initialDelay: '3000ms', interval: '1000ms', count: 3, failureLimit: 1 });
    expect(fast).toMatchObject({ initialDelay: '1500ms', interval: '500ms', count: 3, failureLimit: 1 });
    expect(usual?.provider.prometheus?.query).toContain('[4000ms]');
    expect(fast?.provider.prometheus?.query).toContain('[2000ms]');
  });
});
