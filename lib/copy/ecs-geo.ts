/** `geo` in shape `ecs`: where JumpCloud says that an address is. */
import type { LineWriter } from '../line-writer.ts';
import { NOWHERE, TEXT } from '../outline/outline.ts';
import type { EcsEvent } from './ecs-event.ts';
import type { EcsRecipe } from './ecs-recipe.ts';

const [COMMA, DASH, CLOSE_BRACE] = [0x2c, 0x2d, 0x7d] as const;
const PIECES = {
  begin: Buffer.from('"geo":{'),
  region: Buffer.from('"region_iso_code":'),
  latitude: Buffer.from('"location":{"lat":'),
  longitude: Buffer.from(',"lon":'),
};

export function hasGeo({ geo, country, region, latitude, longitude }: EcsRecipe, event: EcsEvent): boolean {
  for (const { from } of geo) if (event.at(from) !== NOWHERE) return true;
  return event.hasBoth(country, region) || event.hasBoth(latitude, longitude);
}

/** Where there is any. */
export function writeGeo(recipe: EcsRecipe, event: EcsEvent, writer: LineWriter): void {
  const { geo, country, region, latitude, longitude } = recipe;
  let isNext = false;
  writer.piece(PIECES.begin);
  for (const { label, from } of geo) {
    if (event.at(from) === NOWHERE) continue;
    if (isNext) writer.byte(COMMA);
    isNext = true;
    writer.piece(label);
    event.writeValue(from);
  }
  if (event.hasBoth(country, region)) {
    if (isNext) writer.byte(COMMA);
    isNext = true;
    writeRegion(event, event.at(country), event.at(region), writer);
  }
  if (event.hasBoth(latitude, longitude)) {
    if (isNext) writer.byte(COMMA);
    writer.piece(PIECES.latitude);
    event.writeValue(latitude);
    writer.piece(PIECES.longitude);
    event.writeValue(longitude);
    writer.byte(CLOSE_BRACE);
  }
  writer.byte(CLOSE_BRACE);
}

/** Both in one text. */
function writeRegion(event: EcsEvent, country: number, region: number, writer: LineWriter): void {
  const { kinds, loose, starts, ends } = event.outline;
  if (kinds[country] !== TEXT || loose[country] === 1) event.isUnclear = true;
  if (kinds[region] !== TEXT || loose[region] === 1) event.isUnclear = true;
  writer.piece(PIECES.region);
  writer.copy(starts[country] as number, (ends[country] as number) - 1);
  writer.byte(DASH);
  writer.copy((starts[region] as number) + 1, ends[region] as number);
}
