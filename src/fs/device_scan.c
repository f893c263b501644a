/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_scan.c - reads who a disk is from sysfs, and finds the disk of a volume.
 *
 * /sys/block lists whole disks only, so a partition is never found. The by-id link of udev is asked
 * first because it saves the walk, and is a hint and no more: the disk it leads to must show the id
 * itself, as it may still lead to the disk before (aws-ebs-csi-driver issue 1224).
 */
#include "fs/device_scan.h"

#include "fs/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool device_id_of_serial(const char *serial, struct id *out)
{
    char text[ID_MAX];
    const char *rest = serial + 3;

    if (strncmp(serial, "vol", 3) != 0)
        return false;
    if (*rest == '-')
        rest++;
    if (*rest == '\0' || rest[strspn(rest, "0123456789abcdef")] != '\0')
        return false;
    if (snprintf(text, sizeof(text), "vol-%s", rest) >= (int)sizeof(text))
        return false;
    return id_set(out, text);
}

static bool attribute(const struct device_roots *roots, const char *folder, const char *name,
                      char out[PATH_MAX])
{
    char path[PATH_MAX];
    const int length = snprintf(path, sizeof(path), "%s/%s", folder, name);

    return length > 0 && (size_t)length < sizeof(path) &&
           sysfs_text(roots->sys, path, out, PATH_MAX);
}

/* images/ID or images/ID.img; the kernel adds " (deleted)" when the file is gone. */
static bool id_of_image(const struct device_roots *roots, const char *file, struct id *out)
{
    const size_t folder = roots->images ? strlen(roots->images) : 0;
    char text[PATH_MAX];

    if (folder == 0 || strncmp(file, roots->images, folder) != 0 || file[folder] != '/')
        return false;
    (void)snprintf(text, sizeof(text), "%s", file + folder + 1);
    char *const end = strstr(text, ".img");

    if (end && end[4] == '\0')
        *end = '\0';
    return text[0] != '\0' && text[strcspn(text, "/ ")] == '\0' && id_set(out, text);
}

bool device_identity(const struct device_roots *roots, const char *folder, struct id *out)
{
    char text[PATH_MAX];

    if (attribute(roots, folder, "loop/backing_file", text))
        return id_of_image(roots, text, out);
    /* A path of a multipath NVMe disk, not the disk: the kernel has no node for it. */
    if (attribute(roots, folder, "hidden", text) && strcmp(text, "1") == 0)
        return false;
    /* NVMe has it below its controller, virtio at the disk itself. */
    if (attribute(roots, folder, "device/serial", text) || attribute(roots, folder, "serial", text))
        return device_id_of_serial(text, out);
    return false;
}

static bool set_number(const struct device_roots *roots, struct device *d)
{
    char folder[64];
    char text[PATH_MAX];
    char after;

    (void)snprintf(folder, sizeof(folder), "block/%s", d->name);
    if (!attribute(roots, folder, "dev", text))
        return false;
    /* The kernel's own text of two small numbers. */
    /* NOLINTNEXTLINE(cert-err34-c) */
    return sscanf(text, "%7u:%7u%c", &d->major, &d->minor, &after) == 2;
}

/* False when the disk is not there, shows no id, or vanished meanwhile. */
static bool read_disk(const struct device_roots *roots, const char *name, struct device *out)
{
    char folder[64];
    struct device d = {.verified = true};

    if (snprintf(d.name, sizeof(d.name), "%s", name) >= (int)sizeof(d.name))
        return false;
    (void)snprintf(folder, sizeof(folder), "block/%s", name);
    if (!device_identity(roots, folder, &d.volume) || !set_number(roots, &d))
        return false;
    *out = d;
    return true;
}

enum err device_list(const struct device_roots *roots, struct device_list *out, struct errctx *cx)
{
    char path[PATH_MAX];
    struct device_list list = {.count = 0};

    (void)snprintf(path, sizeof(path), "%s/block", roots->sys);
    DIR *const folder = opendir(path);

    if (!folder)
        return err_set(cx, ERR_IO, errno, "list the disks in %s", path);
    for (;;) {
        /* One stream, one thread: readdir is safe (glibc manual, "Reading/Closing Directory"). */
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
        const struct dirent *const entry = readdir(folder);

        if (!entry || list.count == PRESENT_MAX)
            break;
        if (entry->d_name[0] != '.' && read_disk(roots, entry->d_name, &list.items[list.count]))
            list.count++;
    }
    (void)closedir(folder);
    *out = list;
    return ERR_OK;
}

bool device_xen_name(const char *label, char out[DEVICE_NAME_MAX])
{
    const char *name = label;

    if (strncmp(name, "/dev/", 5) == 0)
        name += 5;
    if (strncmp(name, "xvd", 3) == 0)
        name += 3;
    else if (strncmp(name, "sd", 2) == 0)
        name += 2;
    else
        return false;
    const size_t letters = strspn(name, "abcdefghijklmnopqrstuvwxyz");

    if (letters == 0 || letters > 2 || name[letters] != '\0')
        return false;
    return snprintf(out, DEVICE_NAME_MAX, "xvd%s", name) < DEVICE_NAME_MAX;
}

static enum err find_on_xen(const struct device_roots *roots, const struct id *volume,
                            struct device *out, struct errctx *cx)
{
    struct device d = {.volume = *volume, .verified = false};

    if (!device_xen_name(roots->xen_name, d.name))
        return err_set(cx, ERR_CONFIG, 0, "%s is no name that a Xen machine shows",
                       roots->xen_name);
    if (!set_number(roots, &d))
        return err_set(cx, ERR_NOT_FOUND, 0, "no disk %s for %s yet", d.name, volume->text);
    *out = d;
    return ERR_OK;
}

/* True when udev's link leads to a disk that shows the id. */
static bool find_by_link(const struct device_roots *roots, const struct id *volume,
                         struct device *out)
{
    char path[PATH_MAX];
    char target[PATH_MAX];

    if (strncmp(volume->text, "vol-", 4) != 0)
        return false;
    (void)snprintf(path, sizeof(path), "%s/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol%s",
                   roots->dev, volume->text + 4);
    const ssize_t n = readlink(path, target, sizeof(target) - 1);

    if (n <= 0)
        return false;
    target[n] = '\0';
    const char *const slash = strrchr(target, '/');

    return read_disk(roots, slash ? slash + 1 : target, out) && id_same(&out->volume, volume);
}

enum err device_find(const struct device_roots *roots, const struct id *volume, struct device *out,
                     struct errctx *cx)
{
    struct device_list list = {.count = 0};
    struct device found = {.name = ""};

    if (find_by_link(roots, volume, &found)) {
        *out = found;
        return ERR_OK;
    }
    const enum err e = device_list(roots, &list, cx);

    if (e != ERR_OK)
        return e;
    found.name[0] = '\0';
    for (uint32_t i = 0; i < list.count; i++) {
        if (!id_same(&list.items[i].volume, volume))
            continue;
        if (found.name[0] != '\0')
            return err_set(cx, ERR_AMBIGUOUS, 0, "both %s and %s show the id %s", found.name,
                           list.items[i].name, volume->text);
        found = list.items[i];
    }
    if (found.name[0] == '\0' && list.count == 0 && roots->xen_name)
        return find_on_xen(roots, volume, out, cx);
    if (found.name[0] == '\0')
        return err_set(cx, ERR_NOT_FOUND, 0, "no disk shows the id %s", volume->text);
    *out = found;
    return ERR_OK;
}
