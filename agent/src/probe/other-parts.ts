/** Parts without a driver here that often answer at an address. Names for people. */
export const OTHER_PARTS: Readonly<Record<number, readonly string[]>> = {
  24: ['LIS3DH acceleration'],
  25: ['LIS3DH acceleration'],
  32: ['PCF8574 or MCP23017 ports'],
  39: ['PCF8574 ports (LCD)'],
  41: ['VL53L0X distance'],
  60: ['SSD1306 display'],
  61: ['SSD1306 display'],
  80: ['EEPROM'],
  81: ['EEPROM', 'PCF8563 clock'],
  87: ['EEPROM', 'MAX30102 pulse'],
  96: ['MCP4725 output', 'ATECC608 key store'],
  104: ['DS3231 clock', 'MPU6050 motion'],
  105: ['MPU6050 motion'],
  112: ['TCA9548A multiplexer'],
};
