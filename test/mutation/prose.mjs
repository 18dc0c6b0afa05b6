// Texts for the user are judged by readers: a mutant that empties a sentence proves nothing about the code.
import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

const sentence = /\p{L}[,:]? \p{L}/u;

/** Literals that hold two words in a row, with the expressions inside them. */
const prose = {
  shouldIgnore: ({ node }) => {
    const text =
      node.type === 'StringLiteral'
        ? node.value
        : node.type === 'TemplateLiteral'
          ? node.quasis.map(({ value }) => value.raw).join('x')
          : '';
    return sentence.test(text) ? 'a text for the user' : undefined;
  },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', prose)];
