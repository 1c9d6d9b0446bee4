import type { Theme } from '@cloudscape-design/components/theming';
import { build } from 'esbuild';

type Stylesheet = typeof import('@cloudscape-design/components/theming').generateThemeStylesheet;

/** Our colours over Cloudscape's: a deep water green, and one accent for what can be pressed or is selected. */
const accent = {
  rest: { light: '#0b6b74', dark: '#4cc4cf' },
  over: { light: '#084f56', dark: '#8adde4' },
  pressed: { light: '#063d43', dark: '#4cc4cf' },
};

const theme: Theme = {
  tokens: {
    colorBackgroundButtonPrimaryDefault: accent.rest,
    colorBackgroundButtonPrimaryHover: accent.over,
    colorBackgroundButtonPrimaryActive: accent.pressed,
    colorTextLinkDefault: accent.rest,
    colorTextLinkHover: accent.over,
    colorTextAccent: accent.rest,
    colorTextButtonNormalDefault: accent.rest,
    colorTextButtonNormalHover: accent.over,
    colorTextButtonNormalActive: accent.pressed,
    colorBorderButtonNormalDefault: accent.rest,
    colorBorderButtonNormalHover: accent.over,
    colorBorderButtonNormalActive: accent.pressed,
    colorBackgroundControlChecked: accent.rest,
    colorBorderItemFocused: accent.rest,
    colorBorderItemSelected: accent.rest,
    colorBackgroundItemSelected: { light: '#eaf7f8', dark: '#0a2a2e' },
    colorBackgroundSegmentActive: accent.rest,
    colorBackgroundToggleCheckedDisabled: { light: '#a9d6da', dark: '#0f4a50' },
    colorBackgroundLayoutToggleSelectedDefault: accent.rest,
    colorBackgroundLayoutToggleSelectedHover: accent.over,
    colorBackgroundLayoutToggleSelectedActive: accent.pressed,
    colorBackgroundProgressBarValueDefault: accent.rest,
    colorBorderInputFocused: accent.rest,
    borderRadiusButton: '6px',
    borderRadiusContainer: '8px',
    borderRadiusInput: '6px',
  },
};

/** Cloudscape's theming code is written for bundlers, so it is bundled first. */
export async function brandCss(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { generateThemeStylesheet } from '@cloudscape-design/components/theming';",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    loader: { '.css': 'empty' },
    write: false,
  });
  const code = Buffer.from(outputFiles[0]!.text).toString('base64');
  const { generateThemeStylesheet } = (await import(`data:text/javascript;base64,${code}`)) as {
    generateThemeStylesheet: Stylesheet;
  };
  return generateThemeStylesheet({ theme });
}
