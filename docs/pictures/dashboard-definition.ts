/** The CloudWatch dashboard as the stack's template defines it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PipelineStack } from '../../infra/stack.ts';
import { withoutTokens } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse.ts';

export interface MetricOptions {
  readonly label?: string;
  readonly visible?: boolean;
  /** Seconds. */
  readonly period?: number;
  readonly stat?: 'Maximum' | 'Sum';
  readonly yAxis?: 'left' | 'right';
}

/** Its namespace, name and dimensions, or an expression alone; then its options. */
export type MetricEntry = readonly (string | MetricOptions)[];

interface Threshold {
  readonly label: string;
  readonly value: number;
}

export interface Widget {
  readonly type: 'text' | 'metric' | 'alarm' | 'log';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly view?: 'timeSeries' | 'singleValue' | 'table';
    readonly metrics?: readonly MetricEntry[];
    readonly annotations?: { readonly horizontal?: readonly Threshold[] };
    /** Names of alarms. */
    readonly alarms?: readonly string[];
    readonly query?: string;
  };
}

export function dashboardWidgets(): Widget[] {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  try {
    const config = withoutTokens(parseConfig({}, {}, Date.now()).config);
    const codeDirectory = import.meta.dirname;
    const app = new App({ outdir: folder });
    const stack = new PipelineStack(app, 'jumpcloud-logzio', {
      config,
      codeDirectory,
      backfillCodeDirectory: codeDirectory,
    });
    return widgetsOf(Template.fromStack(stack));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the template leaves to the deployment becomes a name: of an alarm its own, else its id. */
function widgetsOf(template: Template): Widget[] {
  const { Resources } = template.toJSON();
  const [board] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  if (board === undefined) throw new Error('The template has no dashboard.');
  const [, parts] = board.Properties.DashboardBody['Fn::Join'];
  const text = parts.map((part: string | { 'Fn::GetAtt'?: [string]; Ref?: string }) => {
    if (typeof part === 'string') return part;
    const id = part['Fn::GetAtt']?.[0] ?? part.Ref ?? '';
    return Resources[id]?.Properties.AlarmName ?? id;
  });
  return JSON.parse(text.join('')).widgets;
}
