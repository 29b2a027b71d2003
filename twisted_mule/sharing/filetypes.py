"""What kind of file a name stands for: the five words that the network searches by."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class FileType(StrEnum):
    """
    A value of the FILETYPE tag, as it travels (wire-format section 6).

    Archives and images of discs count as programs.
    """

    AUDIO = "Audio"
    VIDEO = "Video"
    IMAGE = "Image"
    DOCUMENT = "Doc"
    PROGRAM = "Pro"


_EXTENSIONS: Final = {
    FileType.AUDIO: """
        aac ac3 aif aifc aiff alac amr ape au caf dsf dts flac gsm it kar m4a m4b m4r mid midi mka
        mod mp1 mp2 mp3 mpa mpc oga ogg opus ra s3m snd spx tak tta voc wav weba wma wv xm
    """,
    FileType.VIDEO: """
        3g2 3gp 3gpp amv asf avi bik divx dv f4v flc fli flv h264 hevc m1v m2t m2ts m2v m4v mjpeg
        mkv mov mp4 mpe mpeg mpg mpv mts mxf ogm ogv qt rm rmvb swf ts vivo vob webm wmv xvid y4m
    """,
    FileType.IMAGE: """
        ai apng arw avif bmp cr2 cr3 cur dds dng emf eps exr gif heic heif ico jfif jp2 jpe jpeg
        jpg jxl kra nef orf pbm pcx pgm pic pict png pnm ppm psd psp raf raw svg svgz tga tif tiff
        wbmp webp wmf xbm xcf xpm
    """,
    FileType.DOCUMENT: """
        abw azw azw3 bib cbr cbt cbz chm csv diz djv djvu doc docm docx dot dotx dvi epub fb2 hlp
        htm html ics key latex lit log lyx md mhtml mobi msg nfo numbers odf odg odp ods odt org
        pages pdb pdf pps ppsx ppt pptm pptx prc ps rst rtf srt sub tex text tsv txt vcf wpd wps
        wri xhtml xls xlsb xlsm xlsx xml xps
    """,
    FileType.PROGRAM: """
        7z ace apk appimage ar arc arj bat bin br bz2 cab ccd cdi com cpio cue dbx deb dmg
        exe flatpak gz hqx img ipk isz iso jar lha lz lz4 lzh lzma lzo mdf mds msi msu nrg pak
        pkg pup rar rpm run scr sh sit sitx snap squashfs tar taz tbz tbz2 tgz tlz txz tzst
        udf vhd vhdx vmdk war whl wim xpi xz z zip zst
    """,
}
_TYPES: Final = {
    extension: kind for kind, words in _EXTENSIONS.items() for extension in words.split()
}


def file_type(name: str) -> FileType | None:
    """What a file of this name holds, going by its extension; ``None`` when that says nothing."""
    stem, _, extension = name.rpartition(".")
    return _TYPES.get(extension.lower()) if stem else None
