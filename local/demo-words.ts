/** What the trial run says. */
import { relative } from 'node:path';
import type { Report } from '../lib/ship/report.ts';
import type { Arrivals } from '../simulators/arrivals.ts';
import type { EmbeddedAws } from '../simulators/aws.ts';
import type { JumpcloudSimulator } from '../simulators/jumpcloud.ts';
import type { LogzioSimulator } from '../simulators/logzio.ts';
import { plural, shortTime, withCommas } from './progress.ts';
import type { Terminal } from './terminal.ts';

interface Parts {
  readonly jumpcloud: JumpcloudSimulator;
  readonly logzio: LogzioSimulator;
  readonly aws: EmbeddedAws;
  readonly events: number;
}

export function sayIntroduction(terminal: Terminal, { jumpcloud, logzio, aws, events }: Parts): void {
  terminal.say(terminal.style('JumpCloud to Logz.io: a trial run with made-up events', 'bold'));
  terminal.say('The real program between simulators; nothing leaves this computer.');
  terminal.say();
  terminal.say(`  JumpCloud  ${jumpcloud.url}  ${withCommas(events)} events of a day`);
  terminal.say(`  Logz.io    ${logzio.url}  validates, and writes what it takes`);
  terminal.say(`  DynamoDB   ${aws.dynamoDb.endpoint}  keeps the checkpoint`);
  terminal.say(`  SSM        ${aws.ssm.endpoint}  keeps the tokens`);
  terminal.say();
}

export function sayResult(terminal: Terminal, report: Report): void {
  const done = terminal.style('✔', 'green');
  const what = report.shipped === 0 ? '0 events shipped' : `${plural(report.shipped, 'event')} shipped`;
  const known = report.alreadyDelivered === 0 ? '' : `, ${withCommas(report.alreadyDelivered)} known already`;
  const late =
    report.late === 0
      ? ''
      : `, ${report.late} of them late by up to ${Math.ceil(report.greatestLatenessMs / 60_000)} min`;
  terminal.say(`  ${done} ${what}${late}${known}`);
  const pages = `${plural(report.pages, 'page')}, ${plural(report.bulks, 'bulk')}`;
  terminal.say(terminal.style(`    ${pages}, read up to ${shortTime(report.watermark)}`, 'dim'));
}

export function sayArrivals(
  terminal: Terminal,
  arrivals: Arrivals,
  spoilt: LogzioSimulator['spoilt'],
  inQuarantine: number,
): void {
  terminal.say();
  terminal.say(terminal.style('What arrived at Logz.io', 'bold'));
  const cells = arrivals.byService.map(([service, logs]) => `${service.padEnd(20)}${withCommas(logs).padStart(7)}`);
  for (let at = 0; at < cells.length; at += 2) terminal.say(`  ${cells.slice(at, at + 2).join('    ')}`);
  terminal.say();
  const { expected, missing, repeated, unknown, notYetDue } = arrivals;
  const faults = [
    missing > 0 && `${plural(missing, 'event')} missing`,
    repeated > 0 && `${plural(repeated, 'log')} repeated`,
    unknown > 0 && `${plural(unknown, 'log')} of unknown events`,
    spoilt.length > 0 &&
      `${plural(spoilt.length, 'log')} that an index refuses, the first because of ${spoilt[0]?.reason}`,
    inQuarantine > 0 && `${plural(inQuarantine, 'event')} in quarantine`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0)
    terminal.say(`  ${terminal.style('✘', 'red')} Of ${withCommas(expected)} events: ${faults.join('; ')}.`);
  else
    terminal.say(
      `  ${terminal.style('✔', 'green')} Every one of ${withCommas(expected)} events exactly once; every log can be indexed.`,
    );
  if (notYetDue > 0) {
    terminal.say(
      terminal.style(
        `    ${plural(notYetDue, 'event')} with a future timestamp: shipped when that time has come.`,
        'dim',
      ),
    );
  }
}

export function sayHowToGoOn(terminal: Terminal, file: string): void {
  terminal.say();
  terminal.say(terminal.style('Look at it', 'bold'));
  terminal.say(`  ${relative(process.cwd(), file)}   one log a line, as Logz.io received it`);
  terminal.say();
  terminal.say(terminal.style('Ship real events', 'bold'));
  terminal.say('  From here:  export JUMPCLOUD_API_TOKEN=…   your API key at JumpCloud');
  terminal.say('              export LOGZIO_API_TOKEN=…      a shipping token of Logz.io');
  terminal.say('              npm start');
  terminal.say('              accounts outside the US set their regions in config.yaml first');
  terminal.say('  From AWS:   cp config.example.yaml config.yaml   set your regions there');
  terminal.say('              npm run tokens                        puts both into SSM');
  terminal.say('              npx cdk bootstrap && npx cdk deploy   see docs/deploy.md');
}
