/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formats.c - a small writer for on-disk formats whose tools need kernels or packages we have not.
 *
 * Each function writes the least that is a valid header: magic, sizes, checksums. It must not be
 * taken for a tool: there is nothing behind these headers.
 */
#include "e2e/zoo/zoo.h"

#include <stdio.h>
#include <string.h>

enum { SECTOR = 512, PAGE = 4096 };

static void put16(uint8_t *b, uint16_t v)
{
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *b, uint32_t v)
{
    put16(b, (uint16_t)v);
    put16(b + 2, (uint16_t)(v >> 16));
}

static void put64(uint8_t *b, uint64_t v)
{
    put32(b, (uint32_t)v);
    put32(b + 4, (uint32_t)(v >> 32));
}

static void put_be16(uint8_t *b, uint16_t v)
{
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

static void put_be32(uint8_t *b, uint32_t v)
{
    put_be16(b, (uint16_t)(v >> 16));
    put_be16(b + 2, (uint16_t)v);
}

static void put_be64(uint8_t *b, uint64_t v)
{
    put_be32(b, (uint32_t)(v >> 32));
    put_be32(b + 4, (uint32_t)v);
}

/* CRC-32 with the polynomial of Ethernet, reflected; seed and final xor are the caller's. */
static uint32_t crc32_of(uint32_t crc, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crc ^= b[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & (0U - (crc & 1)));
    }
    return crc;
}

/* CRC-64 of bcache: polynomial of ECMA-182, most significant bit first, all ones at both ends. */
static uint64_t crc64_of(const uint8_t *b, size_t n)
{
    uint64_t crc = UINT64_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= (uint64_t)b[i] << 56;
        for (int bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (UINT64_C(0x42F0E1EBA9EA3693) & (0U - (crc >> 63)));
    }
    return crc ^ UINT64_MAX;
}

void zoo_luks1(const char *path, uint64_t bytes)
{
    uint8_t h[592] = {'L', 'U', 'K', 'S', 0xBA, 0xBE};

    (void)bytes;
    put_be16(h + 6, 1);
    (void)snprintf((char *)h + 8, 32, "aes");
    (void)snprintf((char *)h + 40, 32, "xts-plain64");
    (void)snprintf((char *)h + 72, 32, "sha256");
    put_be32(h + 104, 4096);
    put_be32(h + 108, 64);
    (void)snprintf((char *)h + 168, 40, "01234567-89ab-cdef-0123-456789abcdef");
    rig_write(path, 0, h, sizeof(h));
}

void zoo_luks2(const char *path, uint64_t bytes)
{
    uint8_t h[PAGE] = {'L', 'U', 'K', 'S', 0xBA, 0xBE};

    (void)bytes;
    put_be16(h + 6, 2);
    put_be64(h + 8, 16384);
    (void)snprintf((char *)h + 72, 32, "sha256");
    (void)snprintf((char *)h + 168, 40, "01234567-89ab-cdef-0123-456789abcdef");
    rig_write(path, 0, h, sizeof(h));
}

/* The label in sector 1; its checksum covers all behind it. Ref LVM2, struct label_header. */
void zoo_lvm(const char *path, uint64_t bytes)
{
    uint8_t s[SECTOR] = {0};

    memcpy(s, "LABELONE", 8);
    put64(s + 8, 1);
    put32(s + 20, 32);
    memcpy(s + 24, "LVM2 001", 8);
    memcpy(s + 32, "abcdefghijklmnopqrstuvwxyz012345", 32);
    put64(s + 64, bytes);
    put32(s + 16, crc32_of(UINT32_C(0xf597a6cf), s + 20, SECTOR - 20));
    rig_write(path, SECTOR, s, sizeof(s));
}

/* The superblock in the last whole 64 KiB before the last 64 KiB. Ref md_p.h. */
void zoo_raid_090(const char *path, uint64_t bytes)
{
    uint8_t s[PAGE] = {0};

    put32(s, UINT32_C(0xa92b4efc));
    put32(s + 4, 0);
    put32(s + 8, 90);
    put32(s + 20, UINT32_C(0x01234567));
    put32(s + 28, 1);
    put32(s + 32, (uint32_t)(bytes / 1024 - 128));
    put32(s + 40, 2);
    rig_write(path, (bytes & ~UINT64_C(0xffff)) - 0x10000, s, sizeof(s));
}

/* Version 1.x differs only in where it lies. The checksum is a folded sum of 32-bit words. */
static void raid_1(const char *path, uint64_t bytes, uint64_t at)
{
    uint8_t s[256] = {0};
    uint64_t sum = 0;

    put32(s, UINT32_C(0xa92b4efc));
    put32(s + 4, 1);
    memset(s + 16, 0x5a, 16);
    (void)snprintf((char *)s + 32, 32, "host:0");
    put32(s + 72, 1);
    put64(s + 80, bytes / SECTOR - 2048);
    put32(s + 92, 2);
    put64(s + 128, 2048);
    put64(s + 136, bytes / SECTOR - 2048);
    put64(s + 144, at / SECTOR);
    for (size_t i = 0; i < sizeof(s); i += 4)
        sum += (uint64_t)s[i] | (uint64_t)s[i + 1] << 8 | (uint64_t)s[i + 2] << 16 |
               (uint64_t)s[i + 3] << 24;
    put32(s + 216, (uint32_t)sum + (uint32_t)(sum >> 32));
    rig_write(path, at, s, sizeof(s));
}

void zoo_raid_10(const char *path, uint64_t bytes)
{
    raid_1(path, bytes, ((bytes / SECTOR - 16) & ~UINT64_C(7)) * SECTOR);
}

void zoo_raid_11(const char *path, uint64_t bytes)
{
    raid_1(path, bytes, 0);
}

void zoo_raid_12(const char *path, uint64_t bytes)
{
    raid_1(path, bytes, PAGE);
}

static void put_partition(uint8_t *entry, uint8_t type, uint32_t start, uint32_t sectors)
{
    entry[4] = type;
    put32(entry + 8, start);
    put32(entry + 12, sectors);
}

void zoo_mbr(const char *path, uint64_t bytes)
{
    uint8_t s[SECTOR] = {0};

    put32(s + 440, UINT32_C(0xdeadbeef));
    put_partition(s + 446, 0x83, 2048, (uint32_t)(bytes / SECTOR - 2048));
    put16(s + 510, 0xAA55);
    rig_write(path, 0, s, sizeof(s));
}

enum { GPT_ENTRIES = 128 * 128 };

/* One header of the two, with one partition. Ref UEFI specification, section 5.3. */
static void gpt_half(const char *path, uint64_t bytes, bool backup)
{
    static const uint8_t linux_data[16] = {0xAF, 0x3D, 0xC6, 0x0F, 0x83, 0x84, 0x72, 0x47,
                                           0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4};
    const uint64_t last = bytes / SECTOR - 1;
    const uint64_t entries_at = backup ? last - GPT_ENTRIES / SECTOR : 2;
    uint8_t h[SECTOR] = {0};
    uint8_t entries[GPT_ENTRIES] = {0};

    memcpy(entries, linux_data, 16);
    memset(entries + 16, 0x77, 16);
    put64(entries + 32, 2048);
    put64(entries + 40, last - 34);
    memcpy(h, "EFI PART", 8);
    put32(h + 8, 0x10000);
    put32(h + 12, 92);
    put64(h + 24, backup ? last : 1);
    put64(h + 32, backup ? 1 : last);
    put64(h + 40, 34);
    put64(h + 48, last - 33);
    memset(h + 56, 0x5a, 16);
    put64(h + 72, entries_at);
    put32(h + 80, 128);
    put32(h + 84, 128);
    put32(h + 88, ~crc32_of(UINT32_MAX, entries, sizeof(entries)));
    put32(h + 16, ~crc32_of(UINT32_MAX, h, 92));
    rig_write(path, (backup ? last : 1) * SECTOR, h, sizeof(h));
    rig_write(path, entries_at * SECTOR, entries, sizeof(entries));
}

void zoo_gpt(const char *path, uint64_t bytes)
{
    uint8_t s[SECTOR] = {0};

    put_partition(s + 446, 0xEE, 1, (uint32_t)(bytes / SECTOR - 1));
    put16(s + 510, 0xAA55);
    rig_write(path, 0, s, sizeof(s));
    gpt_half(path, bytes, false);
    gpt_half(path, bytes, true);
}

/* As after a wipe of the first sectors, or on a disk that was enlarged and cut again. */
void zoo_gpt_backup(const char *path, uint64_t bytes)
{
    gpt_half(path, bytes, true);
}

/* Uberblocks in the label at the start; libblkid wants several of them. */
void zoo_zfs(const char *path, uint64_t bytes)
{
    (void)bytes;
    for (uint64_t i = 0; i < 16; i++) {
        uint8_t u[64] = {0};

        put64(u, UINT64_C(0x00bab10c));
        put64(u + 8, 5000);
        put64(u + 16, i + 1);
        rig_write(path, 131072 + i * 1024, u, sizeof(u));
    }
}

void zoo_bcache(const char *path, uint64_t bytes)
{
    static const uint8_t magic[16] = {0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca,
                                      0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81};
    uint8_t s[PAGE] = {0};

    (void)bytes;
    put64(s + 8, 8);  /* where it lies, in sectors */
    put64(s + 16, 1); /* a backing disk */
    memcpy(s + 24, magic, 16);
    memset(s + 40, 0x5a, 16);
    memset(s + 56, 0x6b, 16);
    put64(s + 208, 16); /* where the data begin */
    /* The checksum covers what is behind it up to the end of the keys, of which there are none. */
    put64(s, crc64_of(s + 8, 208 - 8));
    rig_write(path, PAGE, s, sizeof(s));
}

void zoo_iso(const char *path, uint64_t bytes)
{
    uint8_t s[2048] = {1, 'C', 'D', '0', '0', '1', 1};

    memset(s + 8, ' ', 64);
    memcpy(s + 40, "ZOO", 3);
    put32(s + 80, (uint32_t)(bytes / 2048));
    put_be32(s + 84, (uint32_t)(bytes / 2048));
    put16(s + 128, 2048);
    put_be16(s + 130, 2048);
    memset(s + 813, '0', 16);
    rig_write(path, 32768, s, sizeof(s));
    s[0] = 255;
    memset(s + 7, 0, sizeof(s) - 7);
    rig_write(path, 34816, s, sizeof(s));
}
