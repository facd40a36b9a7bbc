// Made by `npm run generate` from the schemas in this folder. Change those, not this.
import { Hash } from '@sinclair/typebox/value';

const hash = Hash;
const local_0 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_1 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/
const local_2 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/
const local_3 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_4 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_5 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_6 = /^0x[0-7][0-9a-fA-F]$/;
const local_7 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_8 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const local_9 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_10 = /^[!-~]{1,32}$/;
const local_11 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_12 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_13 = /^\/dev\/i2c-[0-9]{1,3}$/;
const local_14 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_15 = /^0x[0-7][0-9a-fA-F]$/;
const local_16 = /^\/dev\/[A-Za-z0-9_-][A-Za-z0-9_.:+-]{0,127}$|^\/dev\/serial\/by-(id|path)\/[A-Za-z0-9_.:+-]{1,200}$/;
const local_17 = /^[!-~]{1,64}$/;
const local_18 = /^[A-Za-z0-9_.:+-]{1,200}$/;
const local_19 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_20 = /^([0-9a-fA-F]{2})+$/;
const local_21 = /^([0-9a-fA-F]{2})+$/;
const local_22 = /^([0-9a-fA-F]{2})+$/;
const local_23 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_24 = /^([0-9a-fA-F]{2})+$/;
const local_25 = /^([0-9a-fA-F]{2})+$/;
const local_26 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_27 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_28 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_29 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_30 = /^[0-9a-fA-F]{2}$/;
const local_31 = /^[0-9a-fA-F]{2}$/;
const local_32 = /^[0-9a-fA-F]{2}$/;
const local_33 = /^([0-9a-fA-F]{2})+$/;
const local_34 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_35 = /^([0-9a-fA-F]{2})+$/;
const local_36 = /^([0-9a-fA-F]{2})+$/;
const local_37 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_38 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_39 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_40 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_41 = /^[0-9a-fA-F]{2}$/;
const local_42 = /^[0-9a-fA-F]{2}$/;
const local_43 = /^[0-9a-fA-F]{2}$/;
const local_44 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const local_45 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_46 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_47 = /^[!-~]{1,32}$/;
const local_48 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_49 = /^\/[^\u0000]{0,255}$/;
const local_50 = /^[A-Za-z0-9][A-Za-z0-9_.,+-]{0,63}$/;
const local_51 = /^[A-Za-z0-9][A-Za-z0-9_.,+-]{0,63}$/;
const local_52 = /^[A-Za-z0-9][A-Za-z0-9_.,+-]{0,63}$/;
const local_53 = /^[A-Za-z0-9][A-Za-z0-9_.,+-]{0,63}$/;
const local_54 = /^[A-Za-z0-9][A-Za-z0-9_.,+-]{0,63}$/;
const local_55 = /^[A-Za-z0-9_-]{1,64}$/;
const local_56 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_57 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_58 = /^[!-~]{1,32}$/;
const local_59 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_60 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_61 = /^0x[0-7][0-9a-fA-F]$/;
const local_62 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_63 = /^([0-9a-fA-F]{2})+$/;
const local_64 = /^([0-9a-fA-F]{2})+$/;
const local_65 = /^([0-9a-fA-F]{2})+$/;
const local_66 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_67 = /^([0-9a-fA-F]{2})+$/;
const local_68 = /^([0-9a-fA-F]{2})+$/;
const local_69 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_70 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_71 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_72 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_73 = /^[0-9a-fA-F]{2}$/;
const local_74 = /^[0-9a-fA-F]{2}$/;
const local_75 = /^[0-9a-fA-F]{2}$/;
const local_76 = /^([0-9a-fA-F]{2})+$/;
const local_77 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_78 = /^([0-9a-fA-F]{2})+$/;
const local_79 = /^([0-9a-fA-F]{2})+$/;
const local_80 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_81 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_82 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_83 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_84 = /^[0-9a-fA-F]{2}$/;
const local_85 = /^[0-9a-fA-F]{2}$/;
const local_86 = /^[0-9a-fA-F]{2}$/;
const local_87 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const local_88 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_89 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_90 = /^[!-~]{1,32}$/;
const local_91 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_92 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_93 = /^([A-Za-z][A-Za-z0-9_]{0,63})?$/;
const local_94 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_95 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const local_96 = /^[!-~]{1,32}$/;
const local_97 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_98 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_99 = /^([0-9a-fA-F]{2}){1,8}$/;
const local_100 = /^([0-9a-fA-F]{2}){1,8}$/;
const local_101 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_102 = /^[!-~]{1,32}$/;
const local_103 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_104 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_105 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_106 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_107 = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const local_108 = /^[!-~]{1,32}$/;
const local_109 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_110 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_111 = /^0x[0-7][0-9a-fA-F]$/;
const local_112 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_113 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_114 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_115 = /^0x[0-7][0-9a-fA-F]$/;
const local_116 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_117 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_118 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_119 = /^0x[0-7][0-9a-fA-F]$/;
const local_120 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_121 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_122 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_123 = /^0x[0-7][0-9a-fA-F]$/;
const local_124 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_125 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_126 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_127 = /^0x[0-7][0-9a-fA-F]$/;
const local_128 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_129 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_130 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_131 = /^0x[0-7][0-9a-fA-F]$/;
const local_132 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_133 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_134 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_135 = /^0x[0-7][0-9a-fA-F]$/;
const local_136 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_137 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_138 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_139 = /^0x[0-7][0-9a-fA-F]$/;
const local_140 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_141 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_142 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_143 = /^0x[0-7][0-9a-fA-F]$/;
const local_144 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_145 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_146 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_147 = /^0x[0-7][0-9a-fA-F]$/;
const local_148 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_149 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_150 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_151 = /^0x[0-7][0-9a-fA-F]$/;
const local_152 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_153 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_154 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_155 = /^0x[0-7][0-9a-fA-F]$/;
const local_156 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_157 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_158 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_159 = /^0x[0-7][0-9a-fA-F]$/;
const local_160 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_161 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_162 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_163 = /^0x[0-7][0-9a-fA-F]$/;
const local_164 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_165 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_166 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_167 = /^0x[0-7][0-9a-fA-F]$/;
const local_168 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_169 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_170 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_171 = /^0x[0-7][0-9a-fA-F]$/;
const local_172 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_173 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_174 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_175 = /^0x[0-7][0-9a-fA-F]$/;
const local_176 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_177 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_178 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_179 = /^0x[0-7][0-9a-fA-F]$/;
const local_180 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_181 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_182 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_183 = /^0x[0-7][0-9a-fA-F]$/;
const local_184 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_185 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_186 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_187 = /^0x[0-7][0-9a-fA-F]$/;
const local_188 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_189 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_190 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_191 = /^0x[0-7][0-9a-fA-F]$/;
const local_192 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_193 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_194 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_195 = /^0x[0-7][0-9a-fA-F]$/;
const local_196 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_197 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_198 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_199 = /^0x[0-7][0-9a-fA-F]$/;
const local_200 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_201 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_202 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_203 = /^0x[0-7][0-9a-fA-F]$/;
const local_204 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_205 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_206 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_207 = /^0x[0-7][0-9a-fA-F]$/;
const local_208 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_209 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_210 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_211 = /^0x[0-7][0-9a-fA-F]$/;
const local_212 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_213 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_214 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_215 = /^0x[0-7][0-9a-fA-F]$/;
const local_216 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_217 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_218 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_219 = /^0x[0-7][0-9a-fA-F]$/;
const local_220 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_221 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_222 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_223 = /^0x[0-7][0-9a-fA-F]$/;
const local_224 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_225 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_226 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_227 = /^0x[0-7][0-9a-fA-F]$/;
const local_228 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_229 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_230 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_231 = /^0x[0-7][0-9a-fA-F]$/;
const local_232 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_233 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_234 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_235 = /^0x[0-7][0-9a-fA-F]$/;
const local_236 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_237 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_238 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_239 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_240 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_241 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_242 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_243 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_244 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_245 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_246 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_247 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_248 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_249 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_250 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_251 = /^[0-9]{1,8}(ms|s|m|h)$/;
const local_252 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_253 = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const local_254 = /^[0-9]{1,8}(ms|s|m|h)$/;
function check_outline(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (value['$schema'] !== undefined ? ((typeof value['$schema'] === 'string') && value['$schema'].length <= 200) : true) &&
    (typeof value['period'] === 'string') &&
    local_0.test(value['period']) &&
    (value['connection'] !== undefined ? ((((value['connection'] === 'held')) || ((value['connection'] === 'per-exchange')))) : true) &&
    (value['buses'] !== undefined ? ((typeof value['buses'] === 'object' && value['buses'] !== null && !Array.isArray(value['buses']) && !(value['buses'] instanceof Date) && !(value['buses'] instanceof Uint8Array)) && Object.getOwnPropertyNames(value['buses']).length <= 64 && (Object.entries(value['buses']).every(([key, value]) => (local_1.test(key) ? ((typeof value === 'object' && value !== null && !Array.isArray(value)) && (typeof value['type'] === 'string')) : false)))) : true) &&
    (value['defs'] !== undefined ? ((typeof value['defs'] === 'object' && value['defs'] !== null && !Array.isArray(value['defs']) && !(value['defs'] instanceof Date) && !(value['defs'] instanceof Uint8Array)) && Object.getOwnPropertyNames(value['defs']).length <= 64 && (Object.entries(value['defs']).every(([key, value]) => (local_2.test(key) ? ((typeof value === 'object' && value !== null && !Array.isArray(value)) && (typeof value['kind'] === 'string')) : false)))) : true) &&
    Array.isArray(value['sensors']) &&
    value['sensors'].length <= 128 &&
    ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && (typeof value['id'] === 'string') && (typeof value['driver'] === 'string')))) { return false }; return true; })(value['sensors']) &&
    Object.getOwnPropertyNames(value).every(key => ['$schema', 'period', 'connection', 'buses', 'defs', 'sensors'].includes(key))
  )
}
function check_sensorOfDef(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_3.test(value['id']) &&
    (typeof value['driver'] === 'string') &&
    local_4.test(value['driver']) &&
    (typeof value['bus'] === 'string') &&
    local_5.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_6.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_7.test(value['every'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values']) && !(value['values'] instanceof Date) && !(value['values'] instanceof Uint8Array)) && Object.getOwnPropertyNames(value['values']).length <= 64 && (Object.entries(value['values']).every(([key, value]) => (local_8.test(key) ? (check_ValueChange(value)) : false)))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'values'].includes(key))
  )
}
function check_ValueChange(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    Object.getOwnPropertyNames(value).length >= 1 &&
    (value['key'] !== undefined ? ((typeof value['key'] === 'string') && local_9.test(value['key'])) : true) &&
    (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_10.test(value['unit'])) : true) &&
    (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) &&
    (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) &&
    (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['key', 'unit', 'range', 'filters', 'aggregate'].includes(key))
  )
}
function check_Filters(value) {
  return (
    Array.isArray(value) &&
    value.length <= 12 &&
    ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && Object.getOwnPropertyNames(value).length >= 1 && Object.getOwnPropertyNames(value).length <= 2 && (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) && (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) && (value['calibrate'] !== undefined ? ((typeof value['calibrate'] === 'object' && value['calibrate'] !== null && !Array.isArray(value['calibrate'])) && Object.getOwnPropertyNames(value['calibrate']).length >= 1 && Object.getOwnPropertyNames(value['calibrate']).length <= 1 && (value['calibrate']['linear'] !== undefined ? (Array.isArray(value['calibrate']['linear']) && (value['calibrate']['linear'].length === 2) && (Number.isFinite(value['calibrate']['linear'][0])) && (Number.isFinite(value['calibrate']['linear'][1]))) : true) && (value['calibrate']['points'] !== undefined ? (Array.isArray(value['calibrate']['points']) && value['calibrate']['points'].length <= 64 && value['calibrate']['points'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['calibrate']['points'])) : true) && Object.getOwnPropertyNames(value['calibrate']).every(key => ['linear', 'points'].includes(key))) : true) && (value['median'] !== undefined ? (Number.isInteger(value['median']) && value['median'] <= 100 && value['median'] >= 2) : true) && (value['mean'] !== undefined ? (Number.isInteger(value['mean']) && value['mean'] <= 100 && value['mean'] >= 2) : true) && (value['min'] !== undefined ? (Number.isInteger(value['min']) && value['min'] <= 100 && value['min'] >= 2) : true) && (value['max'] !== undefined ? (Number.isInteger(value['max']) && value['max'] <= 100 && value['max'] >= 2) : true) && (value['delta'] !== undefined ? ((value['delta'] === true)) : true) && (value['deadband'] !== undefined ? (Number.isFinite(value['deadband']) && value['deadband'] >= 0) : true) && (value['heartbeat'] !== undefined ? ((typeof value['heartbeat'] === 'string') && local_11.test(value['heartbeat'])) : true) && (value['clamp'] !== undefined ? (Array.isArray(value['clamp']) && (value['clamp'].length === 2) && (Number.isFinite(value['clamp'][0])) && (Number.isFinite(value['clamp'][1]))) : true) && (value['round'] !== undefined ? (Number.isInteger(value['round']) && value['round'] <= 9 && value['round'] >= 0) : true) && (value['throttle'] !== undefined ? ((typeof value['throttle'] === 'string') && local_12.test(value['throttle'])) : true) && Object.getOwnPropertyNames(value).every(key => ['offset', 'scale', 'calibrate', 'median', 'mean', 'min', 'max', 'delta', 'deadband', 'heartbeat', 'clamp', 'round', 'throttle'].includes(key))))) { return false }; return true; })(value)
  )
}
function check_Aggregates(value) {
  return (
    Array.isArray(value) &&
    value.length <= 5 &&
    value.length >= 1 &&
    ((array) => { for(const value of array) if(!(((((value === 'last')) || ((value === 'mean')) || ((value === 'min')) || ((value === 'max')) || ((value === 'count')))))) { return false }; return true; })(value) &&
    ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value)
  )
}
function check_busI2c(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (value['type'] === 'i2c') &&
    (value['path'] !== undefined ? ((typeof value['path'] === 'string') && local_13.test(value['path'])) : true) &&
    (value['adapter'] !== undefined ? ((typeof value['adapter'] === 'string') && value['adapter'].length <= 64 && value['adapter'].length >= 1) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['type', 'path', 'adapter'].includes(key))
  )
}
function check_busTca9548a(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (value['type'] === 'tca9548a') &&
    (typeof value['bus'] === 'string') &&
    local_14.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_15.test(value['address']) &&
    Number.isInteger(value['channel']) &&
    value['channel'] <= 7 &&
    value['channel'] >= 0 &&
    Object.getOwnPropertyNames(value).length === 4
  )
}
function check_busSerial(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (value['type'] === 'serial') &&
    (value['path'] !== undefined ? ((typeof value['path'] === 'string') && local_16.test(value['path'])) : true) &&
    (value['match'] !== undefined ? ((typeof value['match'] === 'object' && value['match'] !== null && !Array.isArray(value['match'])) && Object.getOwnPropertyNames(value['match']).length >= 1 && Object.getOwnPropertyNames(value['match']).length <= 1 && (value['match']['usbSerial'] !== undefined ? ((typeof value['match']['usbSerial'] === 'string') && local_17.test(value['match']['usbSerial'])) : true) && (value['match']['byId'] !== undefined ? ((typeof value['match']['byId'] === 'string') && local_18.test(value['match']['byId'])) : true) && Object.getOwnPropertyNames(value['match']).every(key => ['usbSerial', 'byId'].includes(key))) : true) &&
    Number.isInteger(value['baud']) &&
    value['baud'] <= 4000000 &&
    value['baud'] >= 50 &&
    (value['dataBits'] !== undefined ? (Number.isInteger(value['dataBits']) && value['dataBits'] <= 8 && value['dataBits'] >= 5) : true) &&
    (value['stopBits'] !== undefined ? (Number.isInteger(value['stopBits']) && value['stopBits'] <= 2 && value['stopBits'] >= 1) : true) &&
    (value['parity'] !== undefined ? ((((value['parity'] === 'none')) || ((value['parity'] === 'even')) || ((value['parity'] === 'odd')))) : true) &&
    (value['silence'] !== undefined ? ((typeof value['silence'] === 'string') && local_19.test(value['silence'])) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['type', 'path', 'match', 'baud', 'dataBits', 'stopBits', 'parity', 'silence'].includes(key))
  )
}
function check_defI2cMap(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (value['kind'] === 'i2c-map') &&
    (value['note'] !== undefined ? ((typeof value['note'] === 'string') && value['note'].length <= 200) : true) &&
    (value['identify'] !== undefined ? ((typeof value['identify'] === 'object' && value['identify'] !== null && !Array.isArray(value['identify'])) && (value['identify']['reg'] !== undefined ? (Number.isInteger(value['identify']['reg']) && value['identify']['reg'] <= 65535 && value['identify']['reg'] >= 0) : true) && (value['identify']['width'] !== undefined ? (Number.isInteger(value['identify']['width']) && value['identify']['width'] <= 2 && value['identify']['width'] >= 0) : true) && Number.isInteger(value['identify']['len']) && value['identify']['len'] <= 64 && value['identify']['len'] >= 1 && (value['identify']['mask'] !== undefined ? ((typeof value['identify']['mask'] === 'string') && value['identify']['mask'].length <= 128 && local_20.test(value['identify']['mask'])) : true) && (typeof value['identify']['equals'] === 'string') && value['identify']['equals'].length <= 128 && local_21.test(value['identify']['equals']) && Object.getOwnPropertyNames(value['identify']).every(key => ['reg', 'width', 'len', 'mask', 'equals'].includes(key))) : true) &&
    (value['setup'] !== undefined ? (Array.isArray(value['setup']) && value['setup'].length <= 32 && value['setup'].length >= 1 && ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && Object.getOwnPropertyNames(value).length >= 1 && Object.getOwnPropertyNames(value).length <= 1 && (value['write'] !== undefined ? ((typeof value['write'] === 'object' && value['write'] !== null && !Array.isArray(value['write'])) && (value['write']['reg'] !== undefined ? (Number.isInteger(value['write']['reg']) && value['write']['reg'] <= 65535 && value['write']['reg'] >= 0) : true) && (value['write']['width'] !== undefined ? (Number.isInteger(value['write']['width']) && value['write']['width'] <= 2 && value['write']['width'] >= 0) : true) && (value['write']['data'] !== undefined ? ((typeof value['write']['data'] === 'string') && value['write']['data'].length <= 128 && local_22.test(value['write']['data'])) : true) && Object.getOwnPropertyNames(value['write']).every(key => ['reg', 'width', 'data'].includes(key))) : true) && (value['delay'] !== undefined ? ((typeof value['delay'] === 'string') && local_23.test(value['delay'])) : true) && (value['poll'] !== undefined ? ((typeof value['poll'] === 'object' && value['poll'] !== null && !Array.isArray(value['poll'])) && (value['poll']['reg'] !== undefined ? (Number.isInteger(value['poll']['reg']) && value['poll']['reg'] <= 65535 && value['poll']['reg'] >= 0) : true) && (value['poll']['width'] !== undefined ? (Number.isInteger(value['poll']['width']) && value['poll']['width'] <= 2 && value['poll']['width'] >= 0) : true) && Number.isInteger(value['poll']['len']) && value['poll']['len'] <= 64 && value['poll']['len'] >= 1 && (typeof value['poll']['mask'] === 'string') && value['poll']['mask'].length <= 128 && local_24.test(value['poll']['mask']) && (typeof value['poll']['equals'] === 'string') && value['poll']['equals'].length <= 128 && local_25.test(value['poll']['equals']) && (value['poll']['every'] !== undefined ? ((typeof value['poll']['every'] === 'string') && local_26.test(value['poll']['every'])) : true) && (typeof value['poll']['timeout'] === 'string') && local_27.test(value['poll']['timeout']) && Object.getOwnPropertyNames(value['poll']).every(key => ['reg', 'width', 'len', 'mask', 'equals', 'every', 'timeout'].includes(key))) : true) && (value['read'] !== undefined ? ((typeof value['read'] === 'object' && value['read'] !== null && !Array.isArray(value['read'])) && (value['read']['reg'] !== undefined ? (Number.isInteger(value['read']['reg']) && value['read']['reg'] <= 65535 && value['read']['reg'] >= 0) : true) && (value['read']['width'] !== undefined ? (Number.isInteger(value['read']['width']) && value['read']['width'] <= 2 && value['read']['width'] >= 0) : true) && Number.isInteger(value['read']['len']) && value['read']['len'] <= 64 && value['read']['len'] >= 1 && (typeof value['read']['as'] === 'string') && local_28.test(value['read']['as']) && Object.getOwnPropertyNames(value['read']).every(key => ['reg', 'width', 'len', 'as'].includes(key))) : true) && (value['crc'] !== undefined ? ((typeof value['crc'] === 'object' && value['crc'] !== null && !Array.isArray(value['crc'])) && (typeof value['crc']['of'] === 'string') && local_29.test(value['crc']['of']) && (typeof value['crc']['poly'] === 'string') && local_30.test(value['crc']['poly']) && (typeof value['crc']['init'] === 'string') && local_31.test(value['crc']['init']) && (value['crc']['xorOut'] !== undefined ? ((typeof value['crc']['xorOut'] === 'string') && local_32.test(value['crc']['xorOut'])) : true) && (value['crc']['reflected'] !== undefined ? ((typeof value['crc']['reflected'] === 'boolean')) : true) && (value['crc']['block'] !== undefined ? (Number.isInteger(value['crc']['block']) && value['crc']['block'] <= 63 && value['crc']['block'] >= 1) : true) && (value['crc']['smbus'] !== undefined ? ((typeof value['crc']['smbus'] === 'boolean')) : true) && Object.getOwnPropertyNames(value['crc']).every(key => ['of', 'poly', 'init', 'xorOut', 'reflected', 'block', 'smbus'].includes(key))) : true) && Object.getOwnPropertyNames(value).every(key => ['write', 'delay', 'poll', 'read', 'crc'].includes(key))))) { return false }; return true; })(value['setup'])) : true) &&
    Array.isArray(value['steps']) &&
    value['steps'].length <= 32 &&
    value['steps'].length >= 1 &&
    ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && Object.getOwnPropertyNames(value).length >= 1 && Object.getOwnPropertyNames(value).length <= 1 && (value['write'] !== undefined ? ((typeof value['write'] === 'object' && value['write'] !== null && !Array.isArray(value['write'])) && (value['write']['reg'] !== undefined ? (Number.isInteger(value['write']['reg']) && value['write']['reg'] <= 65535 && value['write']['reg'] >= 0) : true) && (value['write']['width'] !== undefined ? (Number.isInteger(value['write']['width']) && value['write']['width'] <= 2 && value['write']['width'] >= 0) : true) && (value['write']['data'] !== undefined ? ((typeof value['write']['data'] === 'string') && value['write']['data'].length <= 128 && local_33.test(value['write']['data'])) : true) && Object.getOwnPropertyNames(value['write']).every(key => ['reg', 'width', 'data'].includes(key))) : true) && (value['delay'] !== undefined ? ((typeof value['delay'] === 'string') && local_34.test(value['delay'])) : true) && (value['poll'] !== undefined ? ((typeof value['poll'] === 'object' && value['poll'] !== null && !Array.isArray(value['poll'])) && (value['poll']['reg'] !== undefined ? (Number.isInteger(value['poll']['reg']) && value['poll']['reg'] <= 65535 && value['poll']['reg'] >= 0) : true) && (value['poll']['width'] !== undefined ? (Number.isInteger(value['poll']['width']) && value['poll']['width'] <= 2 && value['poll']['width'] >= 0) : true) && Number.isInteger(value['poll']['len']) && value['poll']['len'] <= 64 && value['poll']['len'] >= 1 && (typeof value['poll']['mask'] === 'string') && value['poll']['mask'].length <= 128 && local_35.test(value['poll']['mask']) && (typeof value['poll']['equals'] === 'string') && value['poll']['equals'].length <= 128 && local_36.test(value['poll']['equals']) && (value['poll']['every'] !== undefined ? ((typeof value['poll']['every'] === 'string') && local_37.test(value['poll']['every'])) : true) && (typeof value['poll']['timeout'] === 'string') && local_38.test(value['poll']['timeout']) && Object.getOwnPropertyNames(value['poll']).every(key => ['reg', 'width', 'len', 'mask', 'equals', 'every', 'timeout'].includes(key))) : true) && (value['read'] !== undefined ? ((typeof value['read'] === 'object' && value['read'] !== null && !Array.isArray(value['read'])) && (value['read']['reg'] !== undefined ? (Number.isInteger(value['read']['reg']) && value['read']['reg'] <= 65535 && value['read']['reg'] >= 0) : true) && (value['read']['width'] !== undefined ? (Number.isInteger(value['read']['width']) && value['read']['width'] <= 2 && value['read']['width'] >= 0) : true) && Number.isInteger(value['read']['len']) && value['read']['len'] <= 64 && value['read']['len'] >= 1 && (typeof value['read']['as'] === 'string') && local_39.test(value['read']['as']) && Object.getOwnPropertyNames(value['read']).every(key => ['reg', 'width', 'len', 'as'].includes(key))) : true) && (value['crc'] !== undefined ? ((typeof value['crc'] === 'object' && value['crc'] !== null && !Array.isArray(value['crc'])) && (typeof value['crc']['of'] === 'string') && local_40.test(value['crc']['of']) && (typeof value['crc']['poly'] === 'string') && local_41.test(value['crc']['poly']) && (typeof value['crc']['init'] === 'string') && local_42.test(value['crc']['init']) && (value['crc']['xorOut'] !== undefined ? ((typeof value['crc']['xorOut'] === 'string') && local_43.test(value['crc']['xorOut'])) : true) && (value['crc']['reflected'] !== undefined ? ((typeof value['crc']['reflected'] === 'boolean')) : true) && (value['crc']['block'] !== undefined ? (Number.isInteger(value['crc']['block']) && value['crc']['block'] <= 63 && value['crc']['block'] >= 1) : true) && (value['crc']['smbus'] !== undefined ? ((typeof value['crc']['smbus'] === 'boolean')) : true) && Object.getOwnPropertyNames(value['crc']).every(key => ['of', 'poly', 'init', 'xorOut', 'reflected', 'block', 'smbus'].includes(key))) : true) && Object.getOwnPropertyNames(value).every(key => ['write', 'delay', 'poll', 'read', 'crc'].includes(key))))) { return false }; return true; })(value['steps']) &&
    (typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values']) && !(value['values'] instanceof Date) && !(value['values'] instanceof Uint8Array)) &&
    Object.getOwnPropertyNames(value['values']).length >= 1 &&
    Object.getOwnPropertyNames(value['values']).length <= 64 &&
    (Object.entries(value['values']).every(([key, value]) => (local_44.test(key) ? ((typeof value === 'object' && value !== null && !Array.isArray(value)) && (typeof value['from'] === 'string') && local_45.test(value['from']) && (value['at'] !== undefined ? (Number.isInteger(value['at']) && value['at'] <= 63 && value['at'] >= 0) : true) && (value['len'] !== undefined ? (Number.isInteger(value['len']) && value['len'] <= 64 && value['len'] >= 1) : true) && (value['order'] !== undefined ? ((((value['order'] === 'big')) || ((value['order'] === 'little')))) : true) && (value['bits'] !== undefined ? (Array.isArray(value['bits']) && (value['bits'].length === 2) && (Number.isInteger(value['bits'][0]) && value['bits'][0] <= 511 && value['bits'][0] >= 0) && (Number.isInteger(value['bits'][1]) && value['bits'][1] <= 511 && value['bits'][1] >= 0)) : true) && (value['signed'] !== undefined ? ((typeof value['signed'] === 'boolean')) : true) && (value['key'] !== undefined ? ((typeof value['key'] === 'string') && local_46.test(value['key'])) : true) && (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) && (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) && (value['polynomial'] !== undefined ? (Array.isArray(value['polynomial']) && value['polynomial'].length <= 10 && value['polynomial'].length >= 2 && ((array) => { for(const value of array) if(!((Number.isFinite(value)))) { return false }; return true; })(value['polynomial'])) : true) && (value['table'] !== undefined ? (Array.isArray(value['table']) && value['table'].length <= 64 && value['table'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['table'])) : true) && (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_47.test(value['unit'])) : true) && (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) && (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) && (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) && Object.getOwnPropertyNames(value).every(key => ['from', 'at', 'len', 'order', 'bits', 'signed', 'key', 'scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'filters', 'aggregate'].includes(key))) : false))) &&
    Object.getOwnPropertyNames(value).every(key => ['kind', 'note', 'identify', 'setup', 'steps', 'values'].includes(key))
  )
}
function check_driverSysfs(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_48.test(value['id']) &&
    (value['driver'] === 'sysfs') &&
    (value['proc'] !== undefined ? (Array.isArray(value['proc']) && value['proc'].length <= 4 && value['proc'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'load')) || ((value === 'memory')) || ((value === 'disk')) || ((value === 'uptime')))))) { return false }; return true; })(value['proc']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['proc'])) : true) &&
    (value['path'] !== undefined ? ((typeof value['path'] === 'string') && local_49.test(value['path'])) : true) &&
    (value['match'] !== undefined ? ((typeof value['match'] === 'object' && value['match'] !== null && !Array.isArray(value['match'])) && (value['match']['hwmon'] !== undefined ? ((typeof value['match']['hwmon'] === 'string') && local_50.test(value['match']['hwmon'])) : true) && (value['match']['thermal'] !== undefined ? ((typeof value['match']['thermal'] === 'string') && local_51.test(value['match']['thermal'])) : true) && (value['match']['iio'] !== undefined ? ((typeof value['match']['iio'] === 'string') && local_52.test(value['match']['iio'])) : true) && (value['match']['w1'] !== undefined ? ((typeof value['match']['w1'] === 'string') && local_53.test(value['match']['w1'])) : true) && (value['match']['device'] !== undefined ? ((typeof value['match']['device'] === 'string') && local_54.test(value['match']['device'])) : true) && Object.getOwnPropertyNames(value['match']).every(key => ['hwmon', 'thermal', 'iio', 'w1', 'device'].includes(key))) : true) &&
    (value['file'] !== undefined ? ((typeof value['file'] === 'string') && local_55.test(value['file'])) : true) &&
    (value['key'] !== undefined ? ((typeof value['key'] === 'string') && local_56.test(value['key'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_57.test(value['every'])) : true) &&
    (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) &&
    (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) &&
    (value['polynomial'] !== undefined ? (Array.isArray(value['polynomial']) && value['polynomial'].length <= 10 && value['polynomial'].length >= 2 && ((array) => { for(const value of array) if(!((Number.isFinite(value)))) { return false }; return true; })(value['polynomial'])) : true) &&
    (value['table'] !== undefined ? (Array.isArray(value['table']) && value['table'].length <= 64 && value['table'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['table'])) : true) &&
    (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_58.test(value['unit'])) : true) &&
    (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) &&
    (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) &&
    (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) &&
    (value['discover'] !== undefined ? (Array.isArray(value['discover']) && value['discover'].length <= 4 && value['discover'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'hwmon')) || ((value === 'thermal')) || ((value === 'iio')) || ((value === 'w1')))))) { return false }; return true; })(value['discover']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['discover'])) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'proc', 'path', 'match', 'file', 'key', 'every', 'scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'filters', 'aggregate', 'discover'].includes(key))
  )
}
function check_driverI2cMap(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_59.test(value['id']) &&
    (value['driver'] === 'i2c-map') &&
    (typeof value['bus'] === 'string') &&
    local_60.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_61.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_62.test(value['every'])) : true) &&
    (value['identify'] !== undefined ? ((typeof value['identify'] === 'object' && value['identify'] !== null && !Array.isArray(value['identify'])) && (value['identify']['reg'] !== undefined ? (Number.isInteger(value['identify']['reg']) && value['identify']['reg'] <= 65535 && value['identify']['reg'] >= 0) : true) && (value['identify']['width'] !== undefined ? (Number.isInteger(value['identify']['width']) && value['identify']['width'] <= 2 && value['identify']['width'] >= 0) : true) && Number.isInteger(value['identify']['len']) && value['identify']['len'] <= 64 && value['identify']['len'] >= 1 && (value['identify']['mask'] !== undefined ? ((typeof value['identify']['mask'] === 'string') && value['identify']['mask'].length <= 128 && local_63.test(value['identify']['mask'])) : true) && (typeof value['identify']['equals'] === 'string') && value['identify']['equals'].length <= 128 && local_64.test(value['identify']['equals']) && Object.getOwnPropertyNames(value['identify']).every(key => ['reg', 'width', 'len', 'mask', 'equals'].includes(key))) : true) &&
    (value['setup'] !== undefined ? (Array.isArray(value['setup']) && value['setup'].length <= 32 && value['setup'].length >= 1 && ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && Object.getOwnPropertyNames(value).length >= 1 && Object.getOwnPropertyNames(value).length <= 1 && (value['write'] !== undefined ? ((typeof value['write'] === 'object' && value['write'] !== null && !Array.isArray(value['write'])) && (value['write']['reg'] !== undefined ? (Number.isInteger(value['write']['reg']) && value['write']['reg'] <= 65535 && value['write']['reg'] >= 0) : true) && (value['write']['width'] !== undefined ? (Number.isInteger(value['write']['width']) && value['write']['width'] <= 2 && value['write']['width'] >= 0) : true) && (value['write']['data'] !== undefined ? ((typeof value['write']['data'] === 'string') && value['write']['data'].length <= 128 && local_65.test(value['write']['data'])) : true) && Object.getOwnPropertyNames(value['write']).every(key => ['reg', 'width', 'data'].includes(key))) : true) && (value['delay'] !== undefined ? ((typeof value['delay'] === 'string') && local_66.test(value['delay'])) : true) && (value['poll'] !== undefined ? ((typeof value['poll'] === 'object' && value['poll'] !== null && !Array.isArray(value['poll'])) && (value['poll']['reg'] !== undefined ? (Number.isInteger(value['poll']['reg']) && value['poll']['reg'] <= 65535 && value['poll']['reg'] >= 0) : true) && (value['poll']['width'] !== undefined ? (Number.isInteger(value['poll']['width']) && value['poll']['width'] <= 2 && value['poll']['width'] >= 0) : true) && Number.isInteger(value['poll']['len']) && value['poll']['len'] <= 64 && value['poll']['len'] >= 1 && (typeof value['poll']['mask'] === 'string') && value['poll']['mask'].length <= 128 && local_67.test(value['poll']['mask']) && (typeof value['poll']['equals'] === 'string') && value['poll']['equals'].length <= 128 && local_68.test(value['poll']['equals']) && (value['poll']['every'] !== undefined ? ((typeof value['poll']['every'] === 'string') && local_69.test(value['poll']['every'])) : true) && (typeof value['poll']['timeout'] === 'string') && local_70.test(value['poll']['timeout']) && Object.getOwnPropertyNames(value['poll']).every(key => ['reg', 'width', 'len', 'mask', 'equals', 'every', 'timeout'].includes(key))) : true) && (value['read'] !== undefined ? ((typeof value['read'] === 'object' && value['read'] !== null && !Array.isArray(value['read'])) && (value['read']['reg'] !== undefined ? (Number.isInteger(value['read']['reg']) && value['read']['reg'] <= 65535 && value['read']['reg'] >= 0) : true) && (value['read']['width'] !== undefined ? (Number.isInteger(value['read']['width']) && value['read']['width'] <= 2 && value['read']['width'] >= 0) : true) && Number.isInteger(value['read']['len']) && value['read']['len'] <= 64 && value['read']['len'] >= 1 && (typeof value['read']['as'] === 'string') && local_71.test(value['read']['as']) && Object.getOwnPropertyNames(value['read']).every(key => ['reg', 'width', 'len', 'as'].includes(key))) : true) && (value['crc'] !== undefined ? ((typeof value['crc'] === 'object' && value['crc'] !== null && !Array.isArray(value['crc'])) && (typeof value['crc']['of'] === 'string') && local_72.test(value['crc']['of']) && (typeof value['crc']['poly'] === 'string') && local_73.test(value['crc']['poly']) && (typeof value['crc']['init'] === 'string') && local_74.test(value['crc']['init']) && (value['crc']['xorOut'] !== undefined ? ((typeof value['crc']['xorOut'] === 'string') && local_75.test(value['crc']['xorOut'])) : true) && (value['crc']['reflected'] !== undefined ? ((typeof value['crc']['reflected'] === 'boolean')) : true) && (value['crc']['block'] !== undefined ? (Number.isInteger(value['crc']['block']) && value['crc']['block'] <= 63 && value['crc']['block'] >= 1) : true) && (value['crc']['smbus'] !== undefined ? ((typeof value['crc']['smbus'] === 'boolean')) : true) && Object.getOwnPropertyNames(value['crc']).every(key => ['of', 'poly', 'init', 'xorOut', 'reflected', 'block', 'smbus'].includes(key))) : true) && Object.getOwnPropertyNames(value).every(key => ['write', 'delay', 'poll', 'read', 'crc'].includes(key))))) { return false }; return true; })(value['setup'])) : true) &&
    Array.isArray(value['steps']) &&
    value['steps'].length <= 32 &&
    value['steps'].length >= 1 &&
    ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && Object.getOwnPropertyNames(value).length >= 1 && Object.getOwnPropertyNames(value).length <= 1 && (value['write'] !== undefined ? ((typeof value['write'] === 'object' && value['write'] !== null && !Array.isArray(value['write'])) && (value['write']['reg'] !== undefined ? (Number.isInteger(value['write']['reg']) && value['write']['reg'] <= 65535 && value['write']['reg'] >= 0) : true) && (value['write']['width'] !== undefined ? (Number.isInteger(value['write']['width']) && value['write']['width'] <= 2 && value['write']['width'] >= 0) : true) && (value['write']['data'] !== undefined ? ((typeof value['write']['data'] === 'string') && value['write']['data'].length <= 128 && local_76.test(value['write']['data'])) : true) && Object.getOwnPropertyNames(value['write']).every(key => ['reg', 'width', 'data'].includes(key))) : true) && (value['delay'] !== undefined ? ((typeof value['delay'] === 'string') && local_77.test(value['delay'])) : true) && (value['poll'] !== undefined ? ((typeof value['poll'] === 'object' && value['poll'] !== null && !Array.isArray(value['poll'])) && (value['poll']['reg'] !== undefined ? (Number.isInteger(value['poll']['reg']) && value['poll']['reg'] <= 65535 && value['poll']['reg'] >= 0) : true) && (value['poll']['width'] !== undefined ? (Number.isInteger(value['poll']['width']) && value['poll']['width'] <= 2 && value['poll']['width'] >= 0) : true) && Number.isInteger(value['poll']['len']) && value['poll']['len'] <= 64 && value['poll']['len'] >= 1 && (typeof value['poll']['mask'] === 'string') && value['poll']['mask'].length <= 128 && local_78.test(value['poll']['mask']) && (typeof value['poll']['equals'] === 'string') && value['poll']['equals'].length <= 128 && local_79.test(value['poll']['equals']) && (value['poll']['every'] !== undefined ? ((typeof value['poll']['every'] === 'string') && local_80.test(value['poll']['every'])) : true) && (typeof value['poll']['timeout'] === 'string') && local_81.test(value['poll']['timeout']) && Object.getOwnPropertyNames(value['poll']).every(key => ['reg', 'width', 'len', 'mask', 'equals', 'every', 'timeout'].includes(key))) : true) && (value['read'] !== undefined ? ((typeof value['read'] === 'object' && value['read'] !== null && !Array.isArray(value['read'])) && (value['read']['reg'] !== undefined ? (Number.isInteger(value['read']['reg']) && value['read']['reg'] <= 65535 && value['read']['reg'] >= 0) : true) && (value['read']['width'] !== undefined ? (Number.isInteger(value['read']['width']) && value['read']['width'] <= 2 && value['read']['width'] >= 0) : true) && Number.isInteger(value['read']['len']) && value['read']['len'] <= 64 && value['read']['len'] >= 1 && (typeof value['read']['as'] === 'string') && local_82.test(value['read']['as']) && Object.getOwnPropertyNames(value['read']).every(key => ['reg', 'width', 'len', 'as'].includes(key))) : true) && (value['crc'] !== undefined ? ((typeof value['crc'] === 'object' && value['crc'] !== null && !Array.isArray(value['crc'])) && (typeof value['crc']['of'] === 'string') && local_83.test(value['crc']['of']) && (typeof value['crc']['poly'] === 'string') && local_84.test(value['crc']['poly']) && (typeof value['crc']['init'] === 'string') && local_85.test(value['crc']['init']) && (value['crc']['xorOut'] !== undefined ? ((typeof value['crc']['xorOut'] === 'string') && local_86.test(value['crc']['xorOut'])) : true) && (value['crc']['reflected'] !== undefined ? ((typeof value['crc']['reflected'] === 'boolean')) : true) && (value['crc']['block'] !== undefined ? (Number.isInteger(value['crc']['block']) && value['crc']['block'] <= 63 && value['crc']['block'] >= 1) : true) && (value['crc']['smbus'] !== undefined ? ((typeof value['crc']['smbus'] === 'boolean')) : true) && Object.getOwnPropertyNames(value['crc']).every(key => ['of', 'poly', 'init', 'xorOut', 'reflected', 'block', 'smbus'].includes(key))) : true) && Object.getOwnPropertyNames(value).every(key => ['write', 'delay', 'poll', 'read', 'crc'].includes(key))))) { return false }; return true; })(value['steps']) &&
    (typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values']) && !(value['values'] instanceof Date) && !(value['values'] instanceof Uint8Array)) &&
    Object.getOwnPropertyNames(value['values']).length >= 1 &&
    Object.getOwnPropertyNames(value['values']).length <= 64 &&
    (Object.entries(value['values']).every(([key, value]) => (local_87.test(key) ? ((typeof value === 'object' && value !== null && !Array.isArray(value)) && (typeof value['from'] === 'string') && local_88.test(value['from']) && (value['at'] !== undefined ? (Number.isInteger(value['at']) && value['at'] <= 63 && value['at'] >= 0) : true) && (value['len'] !== undefined ? (Number.isInteger(value['len']) && value['len'] <= 64 && value['len'] >= 1) : true) && (value['order'] !== undefined ? ((((value['order'] === 'big')) || ((value['order'] === 'little')))) : true) && (value['bits'] !== undefined ? (Array.isArray(value['bits']) && (value['bits'].length === 2) && (Number.isInteger(value['bits'][0]) && value['bits'][0] <= 511 && value['bits'][0] >= 0) && (Number.isInteger(value['bits'][1]) && value['bits'][1] <= 511 && value['bits'][1] >= 0)) : true) && (value['signed'] !== undefined ? ((typeof value['signed'] === 'boolean')) : true) && (value['key'] !== undefined ? ((typeof value['key'] === 'string') && local_89.test(value['key'])) : true) && (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) && (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) && (value['polynomial'] !== undefined ? (Array.isArray(value['polynomial']) && value['polynomial'].length <= 10 && value['polynomial'].length >= 2 && ((array) => { for(const value of array) if(!((Number.isFinite(value)))) { return false }; return true; })(value['polynomial'])) : true) && (value['table'] !== undefined ? (Array.isArray(value['table']) && value['table'].length <= 64 && value['table'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['table'])) : true) && (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_90.test(value['unit'])) : true) && (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) && (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) && (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) && Object.getOwnPropertyNames(value).every(key => ['from', 'at', 'len', 'order', 'bits', 'signed', 'key', 'scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'filters', 'aggregate'].includes(key))) : false))) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'identify', 'setup', 'steps', 'values'].includes(key))
  )
}
function check_driverLines(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_91.test(value['id']) &&
    (value['driver'] === 'lines') &&
    (typeof value['bus'] === 'string') &&
    local_92.test(value['bus']) &&
    (value['regex'] !== undefined ? ((typeof value['regex'] === 'string') && value['regex'].length <= 512 && value['regex'].length >= 1) : true) &&
    (value['format'] !== undefined ? ((((value['format'] === 'json')) || ((value['format'] === 'csv')) || ((value['format'] === 'keyvalue')))) : true) &&
    (value['columns'] !== undefined ? (Array.isArray(value['columns']) && value['columns'].length <= 64 && value['columns'].length >= 1 && ((array) => { for(const value of array) if(!(((typeof value === 'string') && local_93.test(value)))) { return false }; return true; })(value['columns'])) : true) &&
    (value['separator'] !== undefined ? ((((value['separator'] === ',')) || ((value['separator'] === ';')) || ((value['separator'] === '\t')) || ((value['separator'] === ' ')))) : true) &&
    (value['delimiter'] !== undefined ? ((((value['delimiter'] === '\n')) || ((value['delimiter'] === '\r')))) : true) &&
    (value['text'] !== undefined ? (Array.isArray(value['text']) && value['text'].length <= 64 && ((array) => { for(const value of array) if(!(((typeof value === 'string') && local_94.test(value)))) { return false }; return true; })(value['text']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['text'])) : true) &&
    (value['others'] !== undefined ? ((value['others'] === 'skip')) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values']) && !(value['values'] instanceof Date) && !(value['values'] instanceof Uint8Array)) && Object.getOwnPropertyNames(value['values']).length <= 64 && (Object.entries(value['values']).every(([key, value]) => (local_95.test(key) ? ((typeof value === 'object' && value !== null && !Array.isArray(value)) && (value['field'] !== undefined ? ((typeof value['field'] === 'string') && value['field'].length <= 128 && value['field'].length >= 1) : true) && (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) && (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) && (value['polynomial'] !== undefined ? (Array.isArray(value['polynomial']) && value['polynomial'].length <= 10 && value['polynomial'].length >= 2 && ((array) => { for(const value of array) if(!((Number.isFinite(value)))) { return false }; return true; })(value['polynomial'])) : true) && (value['table'] !== undefined ? (Array.isArray(value['table']) && value['table'].length <= 64 && value['table'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['table'])) : true) && (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_96.test(value['unit'])) : true) && (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) && (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) && (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) && Object.getOwnPropertyNames(value).every(key => ['field', 'scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'filters', 'aggregate'].includes(key))) : false)))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'regex', 'format', 'columns', 'separator', 'delimiter', 'text', 'others', 'values'].includes(key))
  )
}
function check_driverFrame(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_97.test(value['id']) &&
    (value['driver'] === 'frame') &&
    (typeof value['bus'] === 'string') &&
    local_98.test(value['bus']) &&
    (typeof value['start'] === 'string') &&
    local_99.test(value['start']) &&
    ((Number.isInteger(value['length']) && value['length'] <= 1024 && value['length'] >= 2) || ((typeof value['length'] === 'object' && value['length'] !== null && !Array.isArray(value['length'])) && Number.isInteger(value['length']['at']) && value['length']['at'] <= 63 && value['length']['at'] >= 0 && (((value['length']['type'] === 'u8')) || ((value['length']['type'] === 'u16'))) && (value['length']['add'] !== undefined ? (Number.isInteger(value['length']['add']) && value['length']['add'] <= 1024 && value['length']['add'] >= -1024) : true) && (value['length']['order'] !== undefined ? ((((value['length']['order'] === 'big')) || ((value['length']['order'] === 'little')))) : true) && Object.getOwnPropertyNames(value['length']).every(key => ['at', 'type', 'add', 'order'].includes(key)))) &&
    (value['check'] !== undefined ? ((typeof value['check'] === 'object' && value['check'] !== null && !Array.isArray(value['check'])) && (((value['check']['type'] === 'sum8')) || ((value['check']['type'] === 'sum8-negated')) || ((value['check']['type'] === 'sum16')) || ((value['check']['type'] === 'xor8')) || ((value['check']['type'] === 'crc8')) || ((value['check']['type'] === 'crc8-maxim')) || ((value['check']['type'] === 'crc16-modbus')) || ((value['check']['type'] === 'crc16-arc')) || ((value['check']['type'] === 'crc16-ccitt')) || ((value['check']['type'] === 'crc16-xmodem')) || ((value['check']['type'] === 'crc16-kermit')) || ((value['check']['type'] === 'crc16-x25')) || ((value['check']['type'] === 'crc32'))) && Number.isInteger(value['check']['at']) && value['check']['at'] <= 1023 && value['check']['at'] >= -1024 && (value['check']['from'] !== undefined ? (Number.isInteger(value['check']['from']) && value['check']['from'] <= 1023 && value['check']['from'] >= -1024) : true) && (value['check']['to'] !== undefined ? (Number.isInteger(value['check']['to']) && value['check']['to'] <= 1023 && value['check']['to'] >= -1024) : true) && (value['check']['order'] !== undefined ? ((((value['check']['order'] === 'big')) || ((value['check']['order'] === 'little')))) : true) && Object.getOwnPropertyNames(value['check']).every(key => ['type', 'at', 'from', 'to', 'order'].includes(key))) : true) &&
    (value['end'] !== undefined ? ((typeof value['end'] === 'string') && local_100.test(value['end'])) : true) &&
    Array.isArray(value['fields']) &&
    value['fields'].length <= 64 &&
    value['fields'].length >= 1 &&
    ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && Number.isInteger(value['at']) && value['at'] <= 1023 && value['at'] >= -1024 && (((value['type'] === 'u8')) || ((value['type'] === 'i8')) || ((value['type'] === 'u16')) || ((value['type'] === 'i16')) || ((value['type'] === 'u24')) || ((value['type'] === 'i24')) || ((value['type'] === 'u32')) || ((value['type'] === 'i32')) || ((value['type'] === 'f32')) || ((value['type'] === 'f64'))) && (value['order'] !== undefined ? ((((value['order'] === 'big')) || ((value['order'] === 'little')))) : true) && (value['bits'] !== undefined ? (Array.isArray(value['bits']) && (value['bits'].length === 2) && (Number.isInteger(value['bits'][0]) && value['bits'][0] <= 31 && value['bits'][0] >= 0) && (Number.isInteger(value['bits'][1]) && value['bits'][1] <= 31 && value['bits'][1] >= 0)) : true) && (typeof value['key'] === 'string') && local_101.test(value['key']) && (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) && (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) && (value['polynomial'] !== undefined ? (Array.isArray(value['polynomial']) && value['polynomial'].length <= 10 && value['polynomial'].length >= 2 && ((array) => { for(const value of array) if(!((Number.isFinite(value)))) { return false }; return true; })(value['polynomial'])) : true) && (value['table'] !== undefined ? (Array.isArray(value['table']) && value['table'].length <= 64 && value['table'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['table'])) : true) && (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_102.test(value['unit'])) : true) && (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) && (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) && (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) && Object.getOwnPropertyNames(value).every(key => ['at', 'type', 'order', 'bits', 'key', 'scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'filters', 'aggregate'].includes(key))))) { return false }; return true; })(value['fields']) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'start', 'length', 'check', 'end', 'fields'].includes(key))
  )
}
function check_driverModbus(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_103.test(value['id']) &&
    (value['driver'] === 'modbus') &&
    (typeof value['bus'] === 'string') &&
    local_104.test(value['bus']) &&
    Number.isInteger(value['unit']) &&
    value['unit'] <= 247 &&
    value['unit'] >= 1 &&
    (value['timeout'] !== undefined ? ((typeof value['timeout'] === 'string') && local_105.test(value['timeout'])) : true) &&
    (value['retries'] !== undefined ? (Number.isInteger(value['retries']) && value['retries'] <= 3 && value['retries'] >= 0) : true) &&
    (value['gap'] !== undefined ? (Number.isInteger(value['gap']) && value['gap'] <= 100 && value['gap'] >= 0) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_106.test(value['every'])) : true) &&
    Array.isArray(value['fields']) &&
    value['fields'].length <= 64 &&
    value['fields'].length >= 1 &&
    ((array) => { for(const value of array) if(!(((typeof value === 'object' && value !== null && !Array.isArray(value)) && (((value['fn'] === 1)) || ((value['fn'] === 2)) || ((value['fn'] === 3)) || ((value['fn'] === 4))) && Number.isInteger(value['address']) && value['address'] <= 65535 && value['address'] >= 0 && (value['type'] !== undefined ? ((((value['type'] === 'bool')) || ((value['type'] === 'u16')) || ((value['type'] === 'i16')) || ((value['type'] === 'u32')) || ((value['type'] === 'i32')) || ((value['type'] === 'u64')) || ((value['type'] === 'i64')) || ((value['type'] === 'f32')) || ((value['type'] === 'f64')))) : true) && (value['order'] !== undefined ? ((((value['order'] === 'ABCD')) || ((value['order'] === 'CDAB')) || ((value['order'] === 'BADC')) || ((value['order'] === 'DCBA')))) : true) && (value['bits'] !== undefined ? (Array.isArray(value['bits']) && (value['bits'].length === 2) && (Number.isInteger(value['bits'][0]) && value['bits'][0] <= 63 && value['bits'][0] >= 0) && (Number.isInteger(value['bits'][1]) && value['bits'][1] <= 63 && value['bits'][1] >= 0)) : true) && (typeof value['key'] === 'string') && local_107.test(value['key']) && (value['scale'] !== undefined ? (Number.isFinite(value['scale'])) : true) && (value['offset'] !== undefined ? (Number.isFinite(value['offset'])) : true) && (value['polynomial'] !== undefined ? (Array.isArray(value['polynomial']) && value['polynomial'].length <= 10 && value['polynomial'].length >= 2 && ((array) => { for(const value of array) if(!((Number.isFinite(value)))) { return false }; return true; })(value['polynomial'])) : true) && (value['table'] !== undefined ? (Array.isArray(value['table']) && value['table'].length <= 64 && value['table'].length >= 2 && ((array) => { for(const value of array) if(!((Array.isArray(value) && (value.length === 2) && (Number.isFinite(value[0])) && (Number.isFinite(value[1]))))) { return false }; return true; })(value['table'])) : true) && (value['unit'] !== undefined ? ((typeof value['unit'] === 'string') && local_108.test(value['unit'])) : true) && (value['range'] !== undefined ? (Array.isArray(value['range']) && (value['range'].length === 2) && (Number.isFinite(value['range'][0])) && (Number.isFinite(value['range'][1]))) : true) && (value['filters'] !== undefined ? (check_Filters(value['filters'])) : true) && (value['aggregate'] !== undefined ? (check_Aggregates(value['aggregate'])) : true) && Object.getOwnPropertyNames(value).every(key => ['fn', 'address', 'type', 'order', 'bits', 'key', 'scale', 'offset', 'polynomial', 'table', 'unit', 'range', 'filters', 'aggregate'].includes(key))))) { return false }; return true; })(value['fields']) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'unit', 'timeout', 'retries', 'gap', 'every', 'fields'].includes(key))
  )
}
function check_driverAds1115(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_109.test(value['id']) &&
    (value['driver'] === 'ads1115') &&
    (typeof value['bus'] === 'string') &&
    local_110.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_111.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_112.test(value['every'])) : true) &&
    (value['channels'] !== undefined ? ((typeof value['channels'] === 'object' && value['channels'] !== null && !Array.isArray(value['channels'])) && Object.getOwnPropertyNames(value['channels']).length >= 1 && (value['channels']['a0'] !== undefined ? ((((value['channels']['a0'] === 6.144)) || ((value['channels']['a0'] === 4.096)) || ((value['channels']['a0'] === 2.048)) || ((value['channels']['a0'] === 1.024)) || ((value['channels']['a0'] === 0.512)) || ((value['channels']['a0'] === 0.256)))) : true) && (value['channels']['a1'] !== undefined ? ((((value['channels']['a1'] === 6.144)) || ((value['channels']['a1'] === 4.096)) || ((value['channels']['a1'] === 2.048)) || ((value['channels']['a1'] === 1.024)) || ((value['channels']['a1'] === 0.512)) || ((value['channels']['a1'] === 0.256)))) : true) && (value['channels']['a2'] !== undefined ? ((((value['channels']['a2'] === 6.144)) || ((value['channels']['a2'] === 4.096)) || ((value['channels']['a2'] === 2.048)) || ((value['channels']['a2'] === 1.024)) || ((value['channels']['a2'] === 0.512)) || ((value['channels']['a2'] === 0.256)))) : true) && (value['channels']['a3'] !== undefined ? ((((value['channels']['a3'] === 6.144)) || ((value['channels']['a3'] === 4.096)) || ((value['channels']['a3'] === 2.048)) || ((value['channels']['a3'] === 1.024)) || ((value['channels']['a3'] === 0.512)) || ((value['channels']['a3'] === 0.256)))) : true) && (value['channels']['a01'] !== undefined ? ((((value['channels']['a01'] === 6.144)) || ((value['channels']['a01'] === 4.096)) || ((value['channels']['a01'] === 2.048)) || ((value['channels']['a01'] === 1.024)) || ((value['channels']['a01'] === 0.512)) || ((value['channels']['a01'] === 0.256)))) : true) && (value['channels']['a03'] !== undefined ? ((((value['channels']['a03'] === 6.144)) || ((value['channels']['a03'] === 4.096)) || ((value['channels']['a03'] === 2.048)) || ((value['channels']['a03'] === 1.024)) || ((value['channels']['a03'] === 0.512)) || ((value['channels']['a03'] === 0.256)))) : true) && (value['channels']['a13'] !== undefined ? ((((value['channels']['a13'] === 6.144)) || ((value['channels']['a13'] === 4.096)) || ((value['channels']['a13'] === 2.048)) || ((value['channels']['a13'] === 1.024)) || ((value['channels']['a13'] === 0.512)) || ((value['channels']['a13'] === 0.256)))) : true) && (value['channels']['a23'] !== undefined ? ((((value['channels']['a23'] === 6.144)) || ((value['channels']['a23'] === 4.096)) || ((value['channels']['a23'] === 2.048)) || ((value['channels']['a23'] === 1.024)) || ((value['channels']['a23'] === 0.512)) || ((value['channels']['a23'] === 0.256)))) : true) && Object.getOwnPropertyNames(value['channels']).every(key => ['a0', 'a1', 'a2', 'a3', 'a01', 'a03', 'a13', 'a23'].includes(key))) : true) &&
    (value['rate'] !== undefined ? ((((value['rate'] === 8)) || ((value['rate'] === 16)) || ((value['rate'] === 32)) || ((value['rate'] === 64)) || ((value['rate'] === 128)) || ((value['rate'] === 250)) || ((value['rate'] === 475)) || ((value['rate'] === 860)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'a0')) || ((value === 'a1')) || ((value === 'a2')) || ((value === 'a3')) || ((value === 'a01')) || ((value === 'a03')) || ((value === 'a13')) || ((value === 'a23')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['a0'] !== undefined ? (check_ValueChange(value['values']['a0'])) : true) && (value['values']['a1'] !== undefined ? (check_ValueChange(value['values']['a1'])) : true) && (value['values']['a2'] !== undefined ? (check_ValueChange(value['values']['a2'])) : true) && (value['values']['a3'] !== undefined ? (check_ValueChange(value['values']['a3'])) : true) && (value['values']['a01'] !== undefined ? (check_ValueChange(value['values']['a01'])) : true) && (value['values']['a03'] !== undefined ? (check_ValueChange(value['values']['a03'])) : true) && (value['values']['a13'] !== undefined ? (check_ValueChange(value['values']['a13'])) : true) && (value['values']['a23'] !== undefined ? (check_ValueChange(value['values']['a23'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['a0', 'a1', 'a2', 'a3', 'a01', 'a03', 'a13', 'a23'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'channels', 'rate', 'only', 'values'].includes(key))
  )
}
function check_driverAht20(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_113.test(value['id']) &&
    (value['driver'] === 'aht20') &&
    (typeof value['bus'] === 'string') &&
    local_114.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_115.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_116.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverBh1750(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_117.test(value['id']) &&
    (value['driver'] === 'bh1750') &&
    (typeof value['bus'] === 'string') &&
    local_118.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_119.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_120.test(value['every'])) : true) &&
    (value['measurementTime'] !== undefined ? (Number.isInteger(value['measurementTime']) && value['measurementTime'] <= 254 && value['measurementTime'] >= 31) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'illuminance')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['illuminance'] !== undefined ? (check_ValueChange(value['values']['illuminance'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['illuminance'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'measurementTime', 'only', 'values'].includes(key))
  )
}
function check_driverBme280(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_121.test(value['id']) &&
    (value['driver'] === 'bme280') &&
    (typeof value['bus'] === 'string') &&
    local_122.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_123.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_124.test(value['every'])) : true) &&
    (value['temperatureOversampling'] !== undefined ? ((((value['temperatureOversampling'] === 1)) || ((value['temperatureOversampling'] === 2)) || ((value['temperatureOversampling'] === 4)) || ((value['temperatureOversampling'] === 8)) || ((value['temperatureOversampling'] === 16)))) : true) &&
    (value['pressureOversampling'] !== undefined ? ((((value['pressureOversampling'] === 1)) || ((value['pressureOversampling'] === 2)) || ((value['pressureOversampling'] === 4)) || ((value['pressureOversampling'] === 8)) || ((value['pressureOversampling'] === 16)))) : true) &&
    (value['filter'] !== undefined ? ((((value['filter'] === 2)) || ((value['filter'] === 4)) || ((value['filter'] === 8)) || ((value['filter'] === 16)))) : true) &&
    (value['humidityOversampling'] !== undefined ? ((((value['humidityOversampling'] === 1)) || ((value['humidityOversampling'] === 2)) || ((value['humidityOversampling'] === 4)) || ((value['humidityOversampling'] === 8)) || ((value['humidityOversampling'] === 16)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')) || ((value === 'pressure')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity', 'pressure'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOversampling', 'pressureOversampling', 'filter', 'humidityOversampling', 'only', 'values'].includes(key))
  )
}
function check_driverBme680(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_125.test(value['id']) &&
    (value['driver'] === 'bme680') &&
    (typeof value['bus'] === 'string') &&
    local_126.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_127.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_128.test(value['every'])) : true) &&
    (value['temperatureOversampling'] !== undefined ? ((((value['temperatureOversampling'] === 1)) || ((value['temperatureOversampling'] === 2)) || ((value['temperatureOversampling'] === 4)) || ((value['temperatureOversampling'] === 8)) || ((value['temperatureOversampling'] === 16)))) : true) &&
    (value['pressureOversampling'] !== undefined ? ((((value['pressureOversampling'] === 1)) || ((value['pressureOversampling'] === 2)) || ((value['pressureOversampling'] === 4)) || ((value['pressureOversampling'] === 8)) || ((value['pressureOversampling'] === 16)))) : true) &&
    (value['humidityOversampling'] !== undefined ? ((((value['humidityOversampling'] === 1)) || ((value['humidityOversampling'] === 2)) || ((value['humidityOversampling'] === 4)) || ((value['humidityOversampling'] === 8)) || ((value['humidityOversampling'] === 16)))) : true) &&
    (value['filter'] !== undefined ? ((((value['filter'] === 1)) || ((value['filter'] === 3)) || ((value['filter'] === 7)) || ((value['filter'] === 15)) || ((value['filter'] === 31)) || ((value['filter'] === 63)) || ((value['filter'] === 127)))) : true) &&
    (value['gas'] !== undefined ? ((typeof value['gas'] === 'boolean')) : true) &&
    (value['heaterTemperature'] !== undefined ? (Number.isInteger(value['heaterTemperature']) && value['heaterTemperature'] <= 400 && value['heaterTemperature'] >= 200) : true) &&
    (value['heaterDuration'] !== undefined ? (Number.isInteger(value['heaterDuration']) && value['heaterDuration'] <= 4032 && value['heaterDuration'] >= 1) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')) || ((value === 'pressure')) || ((value === 'gasResistance')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && (value['values']['gasResistance'] !== undefined ? (check_ValueChange(value['values']['gasResistance'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity', 'pressure', 'gasResistance'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOversampling', 'pressureOversampling', 'humidityOversampling', 'filter', 'gas', 'heaterTemperature', 'heaterDuration', 'only', 'values'].includes(key))
  )
}
function check_driverBme688(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_129.test(value['id']) &&
    (value['driver'] === 'bme688') &&
    (typeof value['bus'] === 'string') &&
    local_130.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_131.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_132.test(value['every'])) : true) &&
    (value['temperatureOversampling'] !== undefined ? ((((value['temperatureOversampling'] === 1)) || ((value['temperatureOversampling'] === 2)) || ((value['temperatureOversampling'] === 4)) || ((value['temperatureOversampling'] === 8)) || ((value['temperatureOversampling'] === 16)))) : true) &&
    (value['pressureOversampling'] !== undefined ? ((((value['pressureOversampling'] === 1)) || ((value['pressureOversampling'] === 2)) || ((value['pressureOversampling'] === 4)) || ((value['pressureOversampling'] === 8)) || ((value['pressureOversampling'] === 16)))) : true) &&
    (value['humidityOversampling'] !== undefined ? ((((value['humidityOversampling'] === 1)) || ((value['humidityOversampling'] === 2)) || ((value['humidityOversampling'] === 4)) || ((value['humidityOversampling'] === 8)) || ((value['humidityOversampling'] === 16)))) : true) &&
    (value['filter'] !== undefined ? ((((value['filter'] === 1)) || ((value['filter'] === 3)) || ((value['filter'] === 7)) || ((value['filter'] === 15)) || ((value['filter'] === 31)) || ((value['filter'] === 63)) || ((value['filter'] === 127)))) : true) &&
    (value['gas'] !== undefined ? ((typeof value['gas'] === 'boolean')) : true) &&
    (value['heaterTemperature'] !== undefined ? (Number.isInteger(value['heaterTemperature']) && value['heaterTemperature'] <= 400 && value['heaterTemperature'] >= 200) : true) &&
    (value['heaterDuration'] !== undefined ? (Number.isInteger(value['heaterDuration']) && value['heaterDuration'] <= 4032 && value['heaterDuration'] >= 1) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')) || ((value === 'pressure')) || ((value === 'gasResistance')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && (value['values']['gasResistance'] !== undefined ? (check_ValueChange(value['values']['gasResistance'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity', 'pressure', 'gasResistance'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOversampling', 'pressureOversampling', 'humidityOversampling', 'filter', 'gas', 'heaterTemperature', 'heaterDuration', 'only', 'values'].includes(key))
  )
}
function check_driverBmp280(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_133.test(value['id']) &&
    (value['driver'] === 'bmp280') &&
    (typeof value['bus'] === 'string') &&
    local_134.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_135.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_136.test(value['every'])) : true) &&
    (value['temperatureOversampling'] !== undefined ? ((((value['temperatureOversampling'] === 1)) || ((value['temperatureOversampling'] === 2)) || ((value['temperatureOversampling'] === 4)) || ((value['temperatureOversampling'] === 8)) || ((value['temperatureOversampling'] === 16)))) : true) &&
    (value['pressureOversampling'] !== undefined ? ((((value['pressureOversampling'] === 1)) || ((value['pressureOversampling'] === 2)) || ((value['pressureOversampling'] === 4)) || ((value['pressureOversampling'] === 8)) || ((value['pressureOversampling'] === 16)))) : true) &&
    (value['filter'] !== undefined ? ((((value['filter'] === 2)) || ((value['filter'] === 4)) || ((value['filter'] === 8)) || ((value['filter'] === 16)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'pressure')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'pressure'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOversampling', 'pressureOversampling', 'filter', 'only', 'values'].includes(key))
  )
}
function check_driverBmp388(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_137.test(value['id']) &&
    (value['driver'] === 'bmp388') &&
    (typeof value['bus'] === 'string') &&
    local_138.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_139.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_140.test(value['every'])) : true) &&
    (value['temperatureOversampling'] !== undefined ? ((((value['temperatureOversampling'] === 1)) || ((value['temperatureOversampling'] === 2)) || ((value['temperatureOversampling'] === 4)) || ((value['temperatureOversampling'] === 8)) || ((value['temperatureOversampling'] === 16)) || ((value['temperatureOversampling'] === 32)))) : true) &&
    (value['pressureOversampling'] !== undefined ? ((((value['pressureOversampling'] === 1)) || ((value['pressureOversampling'] === 2)) || ((value['pressureOversampling'] === 4)) || ((value['pressureOversampling'] === 8)) || ((value['pressureOversampling'] === 16)) || ((value['pressureOversampling'] === 32)))) : true) &&
    (value['filter'] !== undefined ? ((((value['filter'] === 1)) || ((value['filter'] === 3)) || ((value['filter'] === 7)) || ((value['filter'] === 15)) || ((value['filter'] === 31)) || ((value['filter'] === 63)) || ((value['filter'] === 127)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'pressure')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'pressure'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOversampling', 'pressureOversampling', 'filter', 'only', 'values'].includes(key))
  )
}
function check_driverBmp390(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_141.test(value['id']) &&
    (value['driver'] === 'bmp390') &&
    (typeof value['bus'] === 'string') &&
    local_142.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_143.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_144.test(value['every'])) : true) &&
    (value['temperatureOversampling'] !== undefined ? ((((value['temperatureOversampling'] === 1)) || ((value['temperatureOversampling'] === 2)) || ((value['temperatureOversampling'] === 4)) || ((value['temperatureOversampling'] === 8)) || ((value['temperatureOversampling'] === 16)) || ((value['temperatureOversampling'] === 32)))) : true) &&
    (value['pressureOversampling'] !== undefined ? ((((value['pressureOversampling'] === 1)) || ((value['pressureOversampling'] === 2)) || ((value['pressureOversampling'] === 4)) || ((value['pressureOversampling'] === 8)) || ((value['pressureOversampling'] === 16)) || ((value['pressureOversampling'] === 32)))) : true) &&
    (value['filter'] !== undefined ? ((((value['filter'] === 1)) || ((value['filter'] === 3)) || ((value['filter'] === 7)) || ((value['filter'] === 15)) || ((value['filter'] === 31)) || ((value['filter'] === 63)) || ((value['filter'] === 127)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'pressure')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'pressure'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOversampling', 'pressureOversampling', 'filter', 'only', 'values'].includes(key))
  )
}
function check_driverHtu21d(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_145.test(value['id']) &&
    (value['driver'] === 'htu21d') &&
    (typeof value['bus'] === 'string') &&
    local_146.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_147.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_148.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverIna219(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_149.test(value['id']) &&
    (value['driver'] === 'ina219') &&
    (typeof value['bus'] === 'string') &&
    local_150.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_151.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_152.test(value['every'])) : true) &&
    (value['shunt'] !== undefined ? (Number.isFinite(value['shunt']) && value['shunt'] <= 100 && value['shunt'] >= 0.0001) : true) &&
    (value['maxCurrent'] !== undefined ? (Number.isFinite(value['maxCurrent']) && value['maxCurrent'] <= 1000 && value['maxCurrent'] >= 0.001) : true) &&
    (value['samples'] !== undefined ? ((((value['samples'] === 1)) || ((value['samples'] === 2)) || ((value['samples'] === 4)) || ((value['samples'] === 8)) || ((value['samples'] === 16)) || ((value['samples'] === 32)) || ((value['samples'] === 64)) || ((value['samples'] === 128)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'voltage')) || ((value === 'current')) || ((value === 'power')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['voltage'] !== undefined ? (check_ValueChange(value['values']['voltage'])) : true) && (value['values']['current'] !== undefined ? (check_ValueChange(value['values']['current'])) : true) && (value['values']['power'] !== undefined ? (check_ValueChange(value['values']['power'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['voltage', 'current', 'power'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'shunt', 'maxCurrent', 'samples', 'only', 'values'].includes(key))
  )
}
function check_driverIna226(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_153.test(value['id']) &&
    (value['driver'] === 'ina226') &&
    (typeof value['bus'] === 'string') &&
    local_154.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_155.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_156.test(value['every'])) : true) &&
    (value['shunt'] !== undefined ? (Number.isFinite(value['shunt']) && value['shunt'] <= 100 && value['shunt'] >= 0.0001) : true) &&
    (value['maxCurrent'] !== undefined ? (Number.isFinite(value['maxCurrent']) && value['maxCurrent'] <= 1000 && value['maxCurrent'] >= 0.001) : true) &&
    (value['samples'] !== undefined ? ((((value['samples'] === 1)) || ((value['samples'] === 4)) || ((value['samples'] === 16)) || ((value['samples'] === 64)) || ((value['samples'] === 128)) || ((value['samples'] === 256)) || ((value['samples'] === 512)) || ((value['samples'] === 1024)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'voltage')) || ((value === 'current')) || ((value === 'power')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['voltage'] !== undefined ? (check_ValueChange(value['values']['voltage'])) : true) && (value['values']['current'] !== undefined ? (check_ValueChange(value['values']['current'])) : true) && (value['values']['power'] !== undefined ? (check_ValueChange(value['values']['power'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['voltage', 'current', 'power'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'shunt', 'maxCurrent', 'samples', 'only', 'values'].includes(key))
  )
}
function check_driverLm75(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_157.test(value['id']) &&
    (value['driver'] === 'lm75') &&
    (typeof value['bus'] === 'string') &&
    local_158.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_159.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_160.test(value['every'])) : true) &&
    (value['bits'] !== undefined ? ((((value['bits'] === 9)) || ((value['bits'] === 10)) || ((value['bits'] === 11)) || ((value['bits'] === 12)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'temperature')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'bits', 'only', 'values'].includes(key))
  )
}
function check_driverMcp9808(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_161.test(value['id']) &&
    (value['driver'] === 'mcp9808') &&
    (typeof value['bus'] === 'string') &&
    local_162.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_163.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_164.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'temperature')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverMlx90614(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_165.test(value['id']) &&
    (value['driver'] === 'mlx90614') &&
    (typeof value['bus'] === 'string') &&
    local_166.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_167.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_168.test(value['every'])) : true) &&
    (value['zones'] !== undefined ? ((((value['zones'] === 1)) || ((value['zones'] === 2)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'ambient')) || ((value === 'object')) || ((value === 'object2')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['ambient'] !== undefined ? (check_ValueChange(value['values']['ambient'])) : true) && (value['values']['object'] !== undefined ? (check_ValueChange(value['values']['object'])) : true) && (value['values']['object2'] !== undefined ? (check_ValueChange(value['values']['object2'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['ambient', 'object', 'object2'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'zones', 'only', 'values'].includes(key))
  )
}
function check_driverMs5611(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_169.test(value['id']) &&
    (value['driver'] === 'ms5611') &&
    (typeof value['bus'] === 'string') &&
    local_170.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_171.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_172.test(value['every'])) : true) &&
    (value['oversampling'] !== undefined ? ((((value['oversampling'] === 256)) || ((value['oversampling'] === 512)) || ((value['oversampling'] === 1024)) || ((value['oversampling'] === 2048)) || ((value['oversampling'] === 4096)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pressure')) || ((value === 'temperature')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pressure'] !== undefined ? (check_ValueChange(value['values']['pressure'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pressure', 'temperature'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'oversampling', 'only', 'values'].includes(key))
  )
}
function check_driverScd30(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_173.test(value['id']) &&
    (value['driver'] === 'scd30') &&
    (typeof value['bus'] === 'string') &&
    local_174.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_175.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_176.test(value['every'])) : true) &&
    (value['temperatureOffset'] !== undefined ? (Number.isFinite(value['temperatureOffset']) && value['temperatureOffset'] <= 20 && value['temperatureOffset'] >= 0) : true) &&
    (value['altitude'] !== undefined ? (Number.isInteger(value['altitude']) && value['altitude'] <= 3000 && value['altitude'] >= 0) : true) &&
    (value['ambientPressure'] !== undefined ? (Number.isInteger(value['ambientPressure']) && value['ambientPressure'] <= 1400 && value['ambientPressure'] >= 700) : true) &&
    (value['selfCalibration'] !== undefined ? ((typeof value['selfCalibration'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'co2')) || ((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['co2'] !== undefined ? (check_ValueChange(value['values']['co2'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['co2', 'temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOffset', 'altitude', 'ambientPressure', 'selfCalibration', 'only', 'values'].includes(key))
  )
}
function check_driverScd40(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_177.test(value['id']) &&
    (value['driver'] === 'scd40') &&
    (typeof value['bus'] === 'string') &&
    local_178.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_179.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_180.test(value['every'])) : true) &&
    (value['temperatureOffset'] !== undefined ? (Number.isFinite(value['temperatureOffset']) && value['temperatureOffset'] <= 20 && value['temperatureOffset'] >= 0) : true) &&
    (value['altitude'] !== undefined ? (Number.isInteger(value['altitude']) && value['altitude'] <= 3000 && value['altitude'] >= 0) : true) &&
    (value['ambientPressure'] !== undefined ? (Number.isInteger(value['ambientPressure']) && value['ambientPressure'] <= 1200 && value['ambientPressure'] >= 700) : true) &&
    (value['selfCalibration'] !== undefined ? ((typeof value['selfCalibration'] === 'boolean')) : true) &&
    (value['lowPower'] !== undefined ? ((typeof value['lowPower'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'co2')) || ((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['co2'] !== undefined ? (check_ValueChange(value['values']['co2'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['co2', 'temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOffset', 'altitude', 'ambientPressure', 'selfCalibration', 'lowPower', 'only', 'values'].includes(key))
  )
}
function check_driverScd41(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_181.test(value['id']) &&
    (value['driver'] === 'scd41') &&
    (typeof value['bus'] === 'string') &&
    local_182.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_183.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_184.test(value['every'])) : true) &&
    (value['temperatureOffset'] !== undefined ? (Number.isFinite(value['temperatureOffset']) && value['temperatureOffset'] <= 20 && value['temperatureOffset'] >= 0) : true) &&
    (value['altitude'] !== undefined ? (Number.isInteger(value['altitude']) && value['altitude'] <= 3000 && value['altitude'] >= 0) : true) &&
    (value['ambientPressure'] !== undefined ? (Number.isInteger(value['ambientPressure']) && value['ambientPressure'] <= 1200 && value['ambientPressure'] >= 700) : true) &&
    (value['selfCalibration'] !== undefined ? ((typeof value['selfCalibration'] === 'boolean')) : true) &&
    (value['lowPower'] !== undefined ? ((typeof value['lowPower'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'co2')) || ((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['co2'] !== undefined ? (check_ValueChange(value['values']['co2'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['co2', 'temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOffset', 'altitude', 'ambientPressure', 'selfCalibration', 'lowPower', 'only', 'values'].includes(key))
  )
}
function check_driverSen50(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_185.test(value['id']) &&
    (value['driver'] === 'sen50') &&
    (typeof value['bus'] === 'string') &&
    local_186.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_187.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_188.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pm1')) || ((value === 'pm25')) || ((value === 'pm4')) || ((value === 'pm10')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pm1'] !== undefined ? (check_ValueChange(value['values']['pm1'])) : true) && (value['values']['pm25'] !== undefined ? (check_ValueChange(value['values']['pm25'])) : true) && (value['values']['pm4'] !== undefined ? (check_ValueChange(value['values']['pm4'])) : true) && (value['values']['pm10'] !== undefined ? (check_ValueChange(value['values']['pm10'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pm1', 'pm25', 'pm4', 'pm10'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverSen54(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_189.test(value['id']) &&
    (value['driver'] === 'sen54') &&
    (typeof value['bus'] === 'string') &&
    local_190.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_191.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_192.test(value['every'])) : true) &&
    (value['temperatureOffset'] !== undefined ? (Number.isFinite(value['temperatureOffset']) && value['temperatureOffset'] <= 20 && value['temperatureOffset'] >= -20) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pm1')) || ((value === 'pm25')) || ((value === 'pm4')) || ((value === 'pm10')) || ((value === 'humidity')) || ((value === 'temperature')) || ((value === 'vocIndex')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pm1'] !== undefined ? (check_ValueChange(value['values']['pm1'])) : true) && (value['values']['pm25'] !== undefined ? (check_ValueChange(value['values']['pm25'])) : true) && (value['values']['pm4'] !== undefined ? (check_ValueChange(value['values']['pm4'])) : true) && (value['values']['pm10'] !== undefined ? (check_ValueChange(value['values']['pm10'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['vocIndex'] !== undefined ? (check_ValueChange(value['values']['vocIndex'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pm1', 'pm25', 'pm4', 'pm10', 'humidity', 'temperature', 'vocIndex'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOffset', 'only', 'values'].includes(key))
  )
}
function check_driverSen55(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_193.test(value['id']) &&
    (value['driver'] === 'sen55') &&
    (typeof value['bus'] === 'string') &&
    local_194.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_195.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_196.test(value['every'])) : true) &&
    (value['temperatureOffset'] !== undefined ? (Number.isFinite(value['temperatureOffset']) && value['temperatureOffset'] <= 20 && value['temperatureOffset'] >= -20) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pm1')) || ((value === 'pm25')) || ((value === 'pm4')) || ((value === 'pm10')) || ((value === 'humidity')) || ((value === 'temperature')) || ((value === 'vocIndex')) || ((value === 'noxIndex')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pm1'] !== undefined ? (check_ValueChange(value['values']['pm1'])) : true) && (value['values']['pm25'] !== undefined ? (check_ValueChange(value['values']['pm25'])) : true) && (value['values']['pm4'] !== undefined ? (check_ValueChange(value['values']['pm4'])) : true) && (value['values']['pm10'] !== undefined ? (check_ValueChange(value['values']['pm10'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['vocIndex'] !== undefined ? (check_ValueChange(value['values']['vocIndex'])) : true) && (value['values']['noxIndex'] !== undefined ? (check_ValueChange(value['values']['noxIndex'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pm1', 'pm25', 'pm4', 'pm10', 'humidity', 'temperature', 'vocIndex', 'noxIndex'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'temperatureOffset', 'only', 'values'].includes(key))
  )
}
function check_driverSgp30(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_197.test(value['id']) &&
    (value['driver'] === 'sgp30') &&
    (typeof value['bus'] === 'string') &&
    local_198.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_199.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_200.test(value['every'])) : true) &&
    (value['absoluteHumidity'] !== undefined ? (Number.isFinite(value['absoluteHumidity']) && value['absoluteHumidity'] <= 255 && value['absoluteHumidity'] >= 0.1) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'co2eq')) || ((value === 'tvoc')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['co2eq'] !== undefined ? (check_ValueChange(value['values']['co2eq'])) : true) && (value['values']['tvoc'] !== undefined ? (check_ValueChange(value['values']['tvoc'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['co2eq', 'tvoc'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'absoluteHumidity', 'only', 'values'].includes(key))
  )
}
function check_driverSgp40(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_201.test(value['id']) &&
    (value['driver'] === 'sgp40') &&
    (typeof value['bus'] === 'string') &&
    local_202.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_203.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_204.test(value['every'])) : true) &&
    (value['airHumidity'] !== undefined ? (Number.isFinite(value['airHumidity']) && value['airHumidity'] <= 100 && value['airHumidity'] >= 0) : true) &&
    (value['airTemperature'] !== undefined ? (Number.isFinite(value['airTemperature']) && value['airTemperature'] <= 130 && value['airTemperature'] >= -45) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'srawVoc')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['srawVoc'] !== undefined ? (check_ValueChange(value['values']['srawVoc'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['srawVoc'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'airHumidity', 'airTemperature', 'only', 'values'].includes(key))
  )
}
function check_driverSht3x(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_205.test(value['id']) &&
    (value['driver'] === 'sht3x') &&
    (typeof value['bus'] === 'string') &&
    local_206.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_207.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_208.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverSht4x(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_209.test(value['id']) &&
    (value['driver'] === 'sht4x') &&
    (typeof value['bus'] === 'string') &&
    local_210.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_211.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_212.test(value['every'])) : true) &&
    (value['precision'] !== undefined ? ((((value['precision'] === 'high')) || ((value['precision'] === 'medium')) || ((value['precision'] === 'low')))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'precision', 'only', 'values'].includes(key))
  )
}
function check_driverSi7021(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_213.test(value['id']) &&
    (value['driver'] === 'si7021') &&
    (typeof value['bus'] === 'string') &&
    local_214.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_215.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_216.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'temperature')) || ((value === 'humidity')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['humidity'] !== undefined ? (check_ValueChange(value['values']['humidity'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature', 'humidity'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverSps30(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_217.test(value['id']) &&
    (value['driver'] === 'sps30') &&
    (typeof value['bus'] === 'string') &&
    local_218.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_219.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_220.test(value['every'])) : true) &&
    (value['format'] !== undefined ? ((((value['format'] === 'float')) || ((value['format'] === 'integer')))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pm1')) || ((value === 'pm25')) || ((value === 'pm4')) || ((value === 'pm10')) || ((value === 'n05')) || ((value === 'n1')) || ((value === 'n25')) || ((value === 'n4')) || ((value === 'n10')) || ((value === 'typicalSize')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pm1'] !== undefined ? (check_ValueChange(value['values']['pm1'])) : true) && (value['values']['pm25'] !== undefined ? (check_ValueChange(value['values']['pm25'])) : true) && (value['values']['pm4'] !== undefined ? (check_ValueChange(value['values']['pm4'])) : true) && (value['values']['pm10'] !== undefined ? (check_ValueChange(value['values']['pm10'])) : true) && (value['values']['n05'] !== undefined ? (check_ValueChange(value['values']['n05'])) : true) && (value['values']['n1'] !== undefined ? (check_ValueChange(value['values']['n1'])) : true) && (value['values']['n25'] !== undefined ? (check_ValueChange(value['values']['n25'])) : true) && (value['values']['n4'] !== undefined ? (check_ValueChange(value['values']['n4'])) : true) && (value['values']['n10'] !== undefined ? (check_ValueChange(value['values']['n10'])) : true) && (value['values']['typicalSize'] !== undefined ? (check_ValueChange(value['values']['typicalSize'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pm1', 'pm25', 'pm4', 'pm10', 'n05', 'n1', 'n25', 'n4', 'n10', 'typicalSize'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'format', 'only', 'values'].includes(key))
  )
}
function check_driverTmp102(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_221.test(value['id']) &&
    (value['driver'] === 'tmp102') &&
    (typeof value['bus'] === 'string') &&
    local_222.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_223.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_224.test(value['every'])) : true) &&
    (value['extended'] !== undefined ? ((typeof value['extended'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'temperature')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'extended', 'only', 'values'].includes(key))
  )
}
function check_driverTmp117(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_225.test(value['id']) &&
    (value['driver'] === 'tmp117') &&
    (typeof value['bus'] === 'string') &&
    local_226.test(value['bus']) &&
    (typeof value['address'] === 'string') &&
    local_227.test(value['address']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_228.test(value['every'])) : true) &&
    (value['averages'] !== undefined ? ((((value['averages'] === 1)) || ((value['averages'] === 8)) || ((value['averages'] === 32)) || ((value['averages'] === 64)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'temperature')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['temperature'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'averages', 'only', 'values'].includes(key))
  )
}
function check_driverTsl2591(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_229.test(value['id']) &&
    (value['driver'] === 'tsl2591') &&
    (typeof value['bus'] === 'string') &&
    local_230.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_231.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_232.test(value['every'])) : true) &&
    (value['gain'] !== undefined ? ((((value['gain'] === 1)) || ((value['gain'] === 25)) || ((value['gain'] === 428)) || ((value['gain'] === 9876)))) : true) &&
    (value['integration'] !== undefined ? ((((value['integration'] === 100)) || ((value['integration'] === 200)) || ((value['integration'] === 300)) || ((value['integration'] === 400)) || ((value['integration'] === 500)) || ((value['integration'] === 600)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'illuminance')) || ((value === 'full')) || ((value === 'infrared')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['illuminance'] !== undefined ? (check_ValueChange(value['values']['illuminance'])) : true) && (value['values']['full'] !== undefined ? (check_ValueChange(value['values']['full'])) : true) && (value['values']['infrared'] !== undefined ? (check_ValueChange(value['values']['infrared'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['illuminance', 'full', 'infrared'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'gain', 'integration', 'only', 'values'].includes(key))
  )
}
function check_driverVeml7700(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_233.test(value['id']) &&
    (value['driver'] === 'veml7700') &&
    (typeof value['bus'] === 'string') &&
    local_234.test(value['bus']) &&
    (value['address'] !== undefined ? ((typeof value['address'] === 'string') && local_235.test(value['address'])) : true) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_236.test(value['every'])) : true) &&
    (value['gain'] !== undefined ? ((((value['gain'] === 0.125)) || ((value['gain'] === 0.25)) || ((value['gain'] === 1)) || ((value['gain'] === 2)))) : true) &&
    (value['integration'] !== undefined ? ((((value['integration'] === 25)) || ((value['integration'] === 50)) || ((value['integration'] === 100)) || ((value['integration'] === 200)) || ((value['integration'] === 400)) || ((value['integration'] === 800)))) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((value === 'illuminance')))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['illuminance'] !== undefined ? (check_ValueChange(value['values']['illuminance'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['illuminance'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'address', 'every', 'gain', 'integration', 'only', 'values'].includes(key))
  )
}
function check_driverDsmr(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_237.test(value['id']) &&
    (value['driver'] === 'dsmr') &&
    (typeof value['bus'] === 'string') &&
    local_238.test(value['bus']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_239.test(value['every'])) : true) &&
    (value['checksum'] !== undefined ? ((typeof value['checksum'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'importT1')) || ((value === 'importT2')) || ((value === 'exportT1')) || ((value === 'exportT2')) || ((value === 'import')) || ((value === 'export')) || ((value === 'tariff')) || ((value === 'powerImport')) || ((value === 'powerExport')) || ((value === 'voltageL1')) || ((value === 'voltageL2')) || ((value === 'voltageL3')) || ((value === 'currentL1')) || ((value === 'currentL2')) || ((value === 'currentL3')) || ((value === 'powerImportL1')) || ((value === 'powerImportL2')) || ((value === 'powerImportL3')) || ((value === 'powerExportL1')) || ((value === 'powerExportL2')) || ((value === 'powerExportL3')) || ((value === 'failures')) || ((value === 'longFailures')) || ((value === 'gas')) || ((value === 'gasTime')) || ((value === 'heat')) || ((value === 'heatTime')) || ((value === 'water')) || ((value === 'waterTime')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['importT1'] !== undefined ? (check_ValueChange(value['values']['importT1'])) : true) && (value['values']['importT2'] !== undefined ? (check_ValueChange(value['values']['importT2'])) : true) && (value['values']['exportT1'] !== undefined ? (check_ValueChange(value['values']['exportT1'])) : true) && (value['values']['exportT2'] !== undefined ? (check_ValueChange(value['values']['exportT2'])) : true) && (value['values']['import'] !== undefined ? (check_ValueChange(value['values']['import'])) : true) && (value['values']['export'] !== undefined ? (check_ValueChange(value['values']['export'])) : true) && (value['values']['tariff'] !== undefined ? (check_ValueChange(value['values']['tariff'])) : true) && (value['values']['powerImport'] !== undefined ? (check_ValueChange(value['values']['powerImport'])) : true) && (value['values']['powerExport'] !== undefined ? (check_ValueChange(value['values']['powerExport'])) : true) && (value['values']['voltageL1'] !== undefined ? (check_ValueChange(value['values']['voltageL1'])) : true) && (value['values']['voltageL2'] !== undefined ? (check_ValueChange(value['values']['voltageL2'])) : true) && (value['values']['voltageL3'] !== undefined ? (check_ValueChange(value['values']['voltageL3'])) : true) && (value['values']['currentL1'] !== undefined ? (check_ValueChange(value['values']['currentL1'])) : true) && (value['values']['currentL2'] !== undefined ? (check_ValueChange(value['values']['currentL2'])) : true) && (value['values']['currentL3'] !== undefined ? (check_ValueChange(value['values']['currentL3'])) : true) && (value['values']['powerImportL1'] !== undefined ? (check_ValueChange(value['values']['powerImportL1'])) : true) && (value['values']['powerImportL2'] !== undefined ? (check_ValueChange(value['values']['powerImportL2'])) : true) && (value['values']['powerImportL3'] !== undefined ? (check_ValueChange(value['values']['powerImportL3'])) : true) && (value['values']['powerExportL1'] !== undefined ? (check_ValueChange(value['values']['powerExportL1'])) : true) && (value['values']['powerExportL2'] !== undefined ? (check_ValueChange(value['values']['powerExportL2'])) : true) && (value['values']['powerExportL3'] !== undefined ? (check_ValueChange(value['values']['powerExportL3'])) : true) && (value['values']['failures'] !== undefined ? (check_ValueChange(value['values']['failures'])) : true) && (value['values']['longFailures'] !== undefined ? (check_ValueChange(value['values']['longFailures'])) : true) && (value['values']['gas'] !== undefined ? (check_ValueChange(value['values']['gas'])) : true) && (value['values']['gasTime'] !== undefined ? (check_ValueChange(value['values']['gasTime'])) : true) && (value['values']['heat'] !== undefined ? (check_ValueChange(value['values']['heat'])) : true) && (value['values']['heatTime'] !== undefined ? (check_ValueChange(value['values']['heatTime'])) : true) && (value['values']['water'] !== undefined ? (check_ValueChange(value['values']['water'])) : true) && (value['values']['waterTime'] !== undefined ? (check_ValueChange(value['values']['waterTime'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['importT1', 'importT2', 'exportT1', 'exportT2', 'import', 'export', 'tariff', 'powerImport', 'powerExport', 'voltageL1', 'voltageL2', 'voltageL3', 'currentL1', 'currentL2', 'currentL3', 'powerImportL1', 'powerImportL2', 'powerImportL3', 'powerExportL1', 'powerExportL2', 'powerExportL3', 'failures', 'longFailures', 'gas', 'gasTime', 'heat', 'heatTime', 'water', 'waterTime'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'every', 'checksum', 'only', 'values'].includes(key))
  )
}
function check_driverMhz19(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_240.test(value['id']) &&
    (value['driver'] === 'mhz19') &&
    (typeof value['bus'] === 'string') &&
    local_241.test(value['bus']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_242.test(value['every'])) : true) &&
    (value['range'] !== undefined ? ((((value['range'] === 2000)) || ((value['range'] === 5000)) || ((value['range'] === 10000)))) : true) &&
    (value['selfCalibration'] !== undefined ? ((typeof value['selfCalibration'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'co2')) || ((value === 'temperature')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['co2'] !== undefined ? (check_ValueChange(value['values']['co2'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['co2', 'temperature'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'every', 'range', 'selfCalibration', 'only', 'values'].includes(key))
  )
}
function check_driverNmea(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_243.test(value['id']) &&
    (value['driver'] === 'nmea') &&
    (typeof value['bus'] === 'string') &&
    local_244.test(value['bus']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_245.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'latitude')) || ((value === 'longitude')) || ((value === 'altitude')) || ((value === 'speed')) || ((value === 'course')) || ((value === 'satellites')) || ((value === 'hdop')) || ((value === 'quality')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['latitude'] !== undefined ? (check_ValueChange(value['values']['latitude'])) : true) && (value['values']['longitude'] !== undefined ? (check_ValueChange(value['values']['longitude'])) : true) && (value['values']['altitude'] !== undefined ? (check_ValueChange(value['values']['altitude'])) : true) && (value['values']['speed'] !== undefined ? (check_ValueChange(value['values']['speed'])) : true) && (value['values']['course'] !== undefined ? (check_ValueChange(value['values']['course'])) : true) && (value['values']['satellites'] !== undefined ? (check_ValueChange(value['values']['satellites'])) : true) && (value['values']['hdop'] !== undefined ? (check_ValueChange(value['values']['hdop'])) : true) && (value['values']['quality'] !== undefined ? (check_ValueChange(value['values']['quality'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['latitude', 'longitude', 'altitude', 'speed', 'course', 'satellites', 'hdop', 'quality'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'every', 'only', 'values'].includes(key))
  )
}
function check_driverPms5003(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_246.test(value['id']) &&
    (value['driver'] === 'pms5003') &&
    (typeof value['bus'] === 'string') &&
    local_247.test(value['bus']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_248.test(value['every'])) : true) &&
    (value['passive'] !== undefined ? ((typeof value['passive'] === 'boolean')) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pm1')) || ((value === 'pm25')) || ((value === 'pm10')) || ((value === 'pm1Cf1')) || ((value === 'pm25Cf1')) || ((value === 'pm10Cf1')) || ((value === 'particles03')) || ((value === 'particles05')) || ((value === 'particles10')) || ((value === 'particles25')) || ((value === 'particles50')) || ((value === 'particles100')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pm1'] !== undefined ? (check_ValueChange(value['values']['pm1'])) : true) && (value['values']['pm25'] !== undefined ? (check_ValueChange(value['values']['pm25'])) : true) && (value['values']['pm10'] !== undefined ? (check_ValueChange(value['values']['pm10'])) : true) && (value['values']['pm1Cf1'] !== undefined ? (check_ValueChange(value['values']['pm1Cf1'])) : true) && (value['values']['pm25Cf1'] !== undefined ? (check_ValueChange(value['values']['pm25Cf1'])) : true) && (value['values']['pm10Cf1'] !== undefined ? (check_ValueChange(value['values']['pm10Cf1'])) : true) && (value['values']['particles03'] !== undefined ? (check_ValueChange(value['values']['particles03'])) : true) && (value['values']['particles05'] !== undefined ? (check_ValueChange(value['values']['particles05'])) : true) && (value['values']['particles10'] !== undefined ? (check_ValueChange(value['values']['particles10'])) : true) && (value['values']['particles25'] !== undefined ? (check_ValueChange(value['values']['particles25'])) : true) && (value['values']['particles50'] !== undefined ? (check_ValueChange(value['values']['particles50'])) : true) && (value['values']['particles100'] !== undefined ? (check_ValueChange(value['values']['particles100'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pm1', 'pm25', 'pm10', 'pm1Cf1', 'pm25Cf1', 'pm10Cf1', 'particles03', 'particles05', 'particles10', 'particles25', 'particles50', 'particles100'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'every', 'passive', 'only', 'values'].includes(key))
  )
}
function check_driverSds011(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_249.test(value['id']) &&
    (value['driver'] === 'sds011') &&
    (typeof value['bus'] === 'string') &&
    local_250.test(value['bus']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_251.test(value['every'])) : true) &&
    (value['workingPeriod'] !== undefined ? (Number.isInteger(value['workingPeriod']) && value['workingPeriod'] <= 30 && value['workingPeriod'] >= 0) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'pm25')) || ((value === 'pm10')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['pm25'] !== undefined ? (check_ValueChange(value['values']['pm25'])) : true) && (value['values']['pm10'] !== undefined ? (check_ValueChange(value['values']['pm10'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['pm25', 'pm10'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'every', 'workingPeriod', 'only', 'values'].includes(key))
  )
}
function check_driverVedirect(value) {
  return (
    (typeof value === 'object' && value !== null && !Array.isArray(value)) &&
    (typeof value['id'] === 'string') &&
    local_252.test(value['id']) &&
    (value['driver'] === 'vedirect') &&
    (typeof value['bus'] === 'string') &&
    local_253.test(value['bus']) &&
    (value['every'] !== undefined ? ((typeof value['every'] === 'string') && local_254.test(value['every'])) : true) &&
    (value['only'] !== undefined ? (Array.isArray(value['only']) && value['only'].length >= 1 && ((array) => { for(const value of array) if(!(((((value === 'voltage')) || ((value === 'starterVoltage')) || ((value === 'midVoltage')) || ((value === 'current')) || ((value === 'power')) || ((value === 'panelVoltage')) || ((value === 'panelPower')) || ((value === 'loadCurrent')) || ((value === 'load')) || ((value === 'relay')) || ((value === 'alarm')) || ((value === 'alarmReason')) || ((value === 'temperature')) || ((value === 'consumed')) || ((value === 'charge')) || ((value === 'timeToGo')) || ((value === 'state')) || ((value === 'error')) || ((value === 'tracker')) || ((value === 'yieldTotal')) || ((value === 'yieldToday')) || ((value === 'maxPowerToday')) || ((value === 'yieldYesterday')) || ((value === 'maxPowerYesterday')) || ((value === 'acVoltage')) || ((value === 'acCurrent')))))) { return false }; return true; })(value['only']) && ((value) => { const set = new Set(); for(const element of value) { const hashed = hash(element); if(set.has(hashed)) { return false } else { set.add(hashed) } } return true } )(value['only'])) : true) &&
    (value['values'] !== undefined ? ((typeof value['values'] === 'object' && value['values'] !== null && !Array.isArray(value['values'])) && (value['values']['voltage'] !== undefined ? (check_ValueChange(value['values']['voltage'])) : true) && (value['values']['starterVoltage'] !== undefined ? (check_ValueChange(value['values']['starterVoltage'])) : true) && (value['values']['midVoltage'] !== undefined ? (check_ValueChange(value['values']['midVoltage'])) : true) && (value['values']['current'] !== undefined ? (check_ValueChange(value['values']['current'])) : true) && (value['values']['power'] !== undefined ? (check_ValueChange(value['values']['power'])) : true) && (value['values']['panelVoltage'] !== undefined ? (check_ValueChange(value['values']['panelVoltage'])) : true) && (value['values']['panelPower'] !== undefined ? (check_ValueChange(value['values']['panelPower'])) : true) && (value['values']['loadCurrent'] !== undefined ? (check_ValueChange(value['values']['loadCurrent'])) : true) && (value['values']['load'] !== undefined ? (check_ValueChange(value['values']['load'])) : true) && (value['values']['relay'] !== undefined ? (check_ValueChange(value['values']['relay'])) : true) && (value['values']['alarm'] !== undefined ? (check_ValueChange(value['values']['alarm'])) : true) && (value['values']['alarmReason'] !== undefined ? (check_ValueChange(value['values']['alarmReason'])) : true) && (value['values']['temperature'] !== undefined ? (check_ValueChange(value['values']['temperature'])) : true) && (value['values']['consumed'] !== undefined ? (check_ValueChange(value['values']['consumed'])) : true) && (value['values']['charge'] !== undefined ? (check_ValueChange(value['values']['charge'])) : true) && (value['values']['timeToGo'] !== undefined ? (check_ValueChange(value['values']['timeToGo'])) : true) && (value['values']['state'] !== undefined ? (check_ValueChange(value['values']['state'])) : true) && (value['values']['error'] !== undefined ? (check_ValueChange(value['values']['error'])) : true) && (value['values']['tracker'] !== undefined ? (check_ValueChange(value['values']['tracker'])) : true) && (value['values']['yieldTotal'] !== undefined ? (check_ValueChange(value['values']['yieldTotal'])) : true) && (value['values']['yieldToday'] !== undefined ? (check_ValueChange(value['values']['yieldToday'])) : true) && (value['values']['maxPowerToday'] !== undefined ? (check_ValueChange(value['values']['maxPowerToday'])) : true) && (value['values']['yieldYesterday'] !== undefined ? (check_ValueChange(value['values']['yieldYesterday'])) : true) && (value['values']['maxPowerYesterday'] !== undefined ? (check_ValueChange(value['values']['maxPowerYesterday'])) : true) && (value['values']['acVoltage'] !== undefined ? (check_ValueChange(value['values']['acVoltage'])) : true) && (value['values']['acCurrent'] !== undefined ? (check_ValueChange(value['values']['acCurrent'])) : true) && Object.getOwnPropertyNames(value['values']).every(key => ['voltage', 'starterVoltage', 'midVoltage', 'current', 'power', 'panelVoltage', 'panelPower', 'loadCurrent', 'load', 'relay', 'alarm', 'alarmReason', 'temperature', 'consumed', 'charge', 'timeToGo', 'state', 'error', 'tracker', 'yieldTotal', 'yieldToday', 'maxPowerToday', 'yieldYesterday', 'maxPowerYesterday', 'acVoltage', 'acCurrent'].includes(key))) : true) &&
    Object.getOwnPropertyNames(value).every(key => ['id', 'driver', 'bus', 'every', 'only', 'values'].includes(key))
  )
}

export const CHECKS = {
  outline: check_outline,
  sensorOfDef: check_sensorOfDef,
  busI2c: check_busI2c,
  busTca9548a: check_busTca9548a,
  busSerial: check_busSerial,
  defI2cMap: check_defI2cMap,
  driverSysfs: check_driverSysfs,
  driverI2cMap: check_driverI2cMap,
  driverLines: check_driverLines,
  driverFrame: check_driverFrame,
  driverModbus: check_driverModbus,
  driverAds1115: check_driverAds1115,
  driverAht20: check_driverAht20,
  driverBh1750: check_driverBh1750,
  driverBme280: check_driverBme280,
  driverBme680: check_driverBme680,
  driverBme688: check_driverBme688,
  driverBmp280: check_driverBmp280,
  driverBmp388: check_driverBmp388,
  driverBmp390: check_driverBmp390,
  driverHtu21d: check_driverHtu21d,
  driverIna219: check_driverIna219,
  driverIna226: check_driverIna226,
  driverLm75: check_driverLm75,
  driverMcp9808: check_driverMcp9808,
  driverMlx90614: check_driverMlx90614,
  driverMs5611: check_driverMs5611,
  driverScd30: check_driverScd30,
  driverScd40: check_driverScd40,
  driverScd41: check_driverScd41,
  driverSen50: check_driverSen50,
  driverSen54: check_driverSen54,
  driverSen55: check_driverSen55,
  driverSgp30: check_driverSgp30,
  driverSgp40: check_driverSgp40,
  driverSht3x: check_driverSht3x,
  driverSht4x: check_driverSht4x,
  driverSi7021: check_driverSi7021,
  driverSps30: check_driverSps30,
  driverTmp102: check_driverTmp102,
  driverTmp117: check_driverTmp117,
  driverTsl2591: check_driverTsl2591,
  driverVeml7700: check_driverVeml7700,
  driverDsmr: check_driverDsmr,
  driverMhz19: check_driverMhz19,
  driverNmea: check_driverNmea,
  driverPms5003: check_driverPms5003,
  driverSds011: check_driverSds011,
  driverVedirect: check_driverVedirect,
};
