/** `geo` in shape `ecs`: where JumpCloud says that an address is. */
import { TEXT } from '../outline/outline.ts';
import type { Draft } from '../stencil/draft.ts';
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
  return (
    event.hasAny(geo.map(({ from }) => from)) || event.hasBoth(country, region) || event.hasBoth(latitude, longitude)
  );
}

/** Where there is any. */
export function writeGeo(recipe: EcsRecipe, event: EcsEvent, draft: Draft): void {
  const { geo, country, region, latitude, longitude } = recipe;
  let isNext = false;
  draft.piece(PIECES.begin);
  for (const { label, from } of geo) {
    if (!event.has(from)) continue;
    if (isNext) draft.byte(COMMA);
    isNext = true;
    draft.piece(label);
    event.writeValue(from);
  }
  if (event.hasBoth(country, region)) {
    if (isNext) draft.byte(COMMA);
    isNext = true;
    writeRegion(event.at(country), event.at(region), draft);
  }
  if (event.hasBoth(latitude, longitude)) {
    if (isNext) draft.byte(COMMA);
    draft.piece(PIECES.latitude);
    event.writeValue(latitude);
    draft.piece(PIECES.longitude);
    event.writeValue(longitude);
    draft.byte(CLOSE_BRACE);
  }
  draft.byte(CLOSE_BRACE);
}

/** Both in one text. */
function writeRegion(country: number, region: number, draft: Draft): void {
  const { kinds, loose } = draft.layout;
  for (const part of [country, region]) if (kinds[part] !== TEXT || loose[part] === 1) draft.giveUp();
  draft.piece(PIECES.region);
  draft.value(country, 0, 1);
  draft.byte(DASH);
  draft.value(region, 1, 0);
}
